import { WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Shape } from "../tensor.js";
import { Input, InputLayer } from "./layers/core/inputLayer.js";
import type { Layer, SymbolicTensor } from "./layers/layer.js";
import { Model } from "./model.js";
import { Network, traceCalls } from "./network.js";

export interface SequentialOptions {
  name?: string;
  /** Seed of initial weights, dropout and shuffling. Default: drawn at random. */
  seed?: number;
  /** Default: one that is opened for the process at first use. */
  device?: Device;
}

/** Layers one after the other. The first one tells the input's shape (`inputDim`, `inputShape`, a model). */
export class Sequential extends Model {
  override readonly className = "Sequential";
  private readonly stack: Layer[] = [];
  private input: SymbolicTensor | undefined;
  private output: SymbolicTensor | undefined;

  constructor(layers: readonly Layer[] = [], options: SequentialOptions = {}) {
    super(options, "sequential");
    for (const layer of layers) this.append(layer);
    this.finish();
  }

  /** Puts a layer on top. */
  add(layer: Layer): void {
    this.append(layer);
    this.finish();
  }

  /** The layers without the input, as Keras lists them. */
  get stackedLayers(): readonly Layer[] {
    return this.stack;
  }

  private append(layer: Layer): void {
    if (layer instanceof InputLayer) {
      this.input = this.output = layer.apply();
      return;
    }
    if (!this.output) {
      const shape = inputShapeOf(layer);
      if (!shape) {
        throw new WgraftError(
          "usage",
          `layer ${layer.name}: the first layer of a Sequential needs inputShape (or inputDim for Dense)`,
        );
      }
      this.input = this.output = Input({ shape, name: `${layer.name}_input` });
    }
    this.output = layer.apply(this.output);
    this.stack.push(layer);
  }

  private finish(): void {
    if (this.input && this.output && this.stack.length > 0)
      this.setCalls(traceCalls(this.input, this.output));
  }
}

function inputShapeOf(layer: Layer): Shape | undefined {
  if (layer instanceof Network) return layer.inputShape;
  return "inputShape" in layer ? (layer.inputShape as Shape | undefined) : undefined;
}
