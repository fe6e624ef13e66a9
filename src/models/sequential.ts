import { WgraftError } from "../errors.js";
import { optionError } from "../options/checkOptions.js";
import type { FieldTable } from "../options/fields.js";
import { Input, InputLayer } from "./layers/core/inputLayer.js";
import { Layer, type SymbolicTensor } from "./layers/layer.js";
import { Model } from "./model.js";
import { sequentialTable, type ModelOptions, type SequentialOptions } from "./modelOptions.js";
import { topologyBetween } from "./topology.js";

/**
 * Layers one after the other. The first one defines the input's shape (`inputDim`, `inputShape`, a model).
 * @example
 * const model = new Sequential([
 *   new Dense({ units: 256, activation: "relu", inputDim: 4 * 4 * 512 }),
 *   new Dropout({ rate: 0.5 }),
 *   new Dense({ units: 1, activation: "sigmoid" }),
 * ]);
 * console.log(model.inputShape, model.outputShape); // [ 8192 ] [ 1 ]
 */
export class Sequential extends Model {
  static override readonly table: FieldTable<unknown> = sequentialTable;
  private readonly stack: Layer[] = [];
  private input: SymbolicTensor | undefined;
  private output: SymbolicTensor | undefined;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be, and for what is no layer */
  constructor(layers: readonly Layer[] = [], options?: SequentialOptions) {
    // Checked against this class's table, which has neither inputs nor outputs.
    super((options ?? {}) as ModelOptions<SymbolicTensor>);
    const given: unknown = layers;
    if (!Array.isArray(given)) throw optionError("Sequential", "layers", "a list of layers", layers);
    for (const layer of layers) this.append(layer);
    this.finish();
  }

  override get className(): string {
    return "Sequential";
  }

  /**
   * Puts a layer on top.
   * @example
   * const model = new Sequential();
   * model.add(new Dense({ units: 8, inputDim: 4 }));
   * model.add(new ReLU());
   */
  add(layer: Layer): void {
    this.append(layer);
    this.finish();
  }

  /** The layers without the input, as Keras lists them. */
  get stackedLayers(): readonly Layer[] {
    return this.stack;
  }

  private append(layer: Layer): void {
    if (!(layer instanceof Layer)) throw optionError("Sequential", "layers", "a layer", layer);
    if (layer instanceof InputLayer) {
      this.input = this.output = layer.apply();
      return;
    }
    if (!this.output) {
      const shape = layer.inputShape;
      if (!shape) {
        throw new WgraftError(
          "usage",
          `layer ${layer.name}: the first layer of a Sequential needs inputShape (or inputDim for Dense)`,
        );
      }
      this.input = this.output = Input({ shape });
    }
    this.output = layer.apply(this.output);
    this.stack.push(layer);
  }

  private finish(): void {
    if (this.input && this.output && this.stack.length > 0)
      this.connect(topologyBetween([this.input], [this.output]));
  }
}
