/** The layers of a functional model, called on each other as a file tells. */
import { WgraftError } from "../../errors.js";
import type { InboundNode, LayerConfig, ModelConfig, TensorRef } from "../../io/keras/modelConfig.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { Dropout } from "../layers/regularization/dropout.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Network } from "../network.js";

/** Where a model comes from. */
export interface Origin {
  /** What errors call it. */
  readonly file: string;
  /** Of the Keras that saved it: "3.15.1". */
  readonly kerasVersion: string;
}

/** Several times the largest model of keras.applications: the order of the calls is found in quadratic time at worst. */
const maxCalls = 10_000;

interface PendingCall {
  readonly layer: Layer;
  /** Which of the layer's calls. */
  readonly index: number;
  readonly node: InboundNode;
}

/**
 * Builds the layers and calls them.
 * @returns the model's input and output
 * @throws WgraftError `bad-input` for connections that lead nowhere, `not-supported` for several inputs or outputs and
 *   for calls with arguments that wgraft does not have
 */
export function connect(
  config: ModelConfig,
  build: (layer: LayerConfig) => Layer,
  origin: Origin,
): { inputs: SymbolicTensor; outputs: SymbolicTensor } {
  const { file } = origin;
  const places = new Places(config, origin);
  let pending: PendingCall[] = [];
  for (const layerConfig of config.layers) {
    const layer = build(layerConfig);
    if (layer instanceof InputLayer) places.set(layer.name, 0, layer.apply());
    pending.push(...layerConfig.inbound.map((node, index) => ({ layer, index, node })));
  }
  if (pending.length > maxCalls) {
    throw new WgraftError("not-supported", `${file}: a model of more than ${maxCalls} calls of layers`);
  }
  while (pending.length > 0) {
    const later = pending.filter((call) => !places.tryCall(call));
    if (later.length === pending.length) {
      throw new WgraftError(
        "bad-input",
        `${file}: layer ${later[0].layer.name} is called on what does not exist`,
      );
    }
    pending = later;
  }
  return {
    inputs: places.only("input", config.inputLayers),
    outputs: places.only("output", config.outputLayers),
  };
}

/** The tensors that exist so far. */
class Places {
  private readonly tensors = new Map<string, SymbolicTensor>();
  private readonly inner: ReadonlySet<string>;
  private readonly file: string;

  constructor(
    config: ModelConfig,
    private readonly origin: Origin,
  ) {
    this.file = origin.file;
    const models = config.layers.filter((l) => l.model);
    const repeated = models.find((l) => l.inbound.length > 1);
    if (repeated) {
      // Keras 2 and 3 number the calls of inner models differently.
      throw new WgraftError(
        "not-supported",
        `${this.file}: inner model ${repeated.name} is called more than once`,
      );
    }
    this.inner = new Set(models.map((l) => l.name));
  }

  set(name: string, index: number, tensor: SymbolicTensor): void {
    this.tensors.set(`${name} ${index}`, tensor);
  }

  /** Calls a layer, if what it is called on exists. */
  tryCall({ layer, index, node }: PendingCall): boolean {
    const inputs = node.inputs.map((ref) => this.get(ref));
    if (inputs.some((tensor) => tensor === undefined)) return false;
    if (inputs.length !== 1) {
      throw new WgraftError(
        "bad-input",
        `${this.file}: layer ${layer.name} is called on ${inputs.length} tensors, not one`,
      );
    }
    this.checkArguments(layer, node.kwargs);
    this.set(layer.name, index, this.applied(layer, inputs[0]!));
    return true;
  }

  /** The one tensor of a list. */
  only(what: "input" | "output", refs: readonly TensorRef[]): SymbolicTensor {
    if (refs.length !== 1) {
      throw new WgraftError(
        "not-supported",
        `${this.file}: a model with ${refs.length} ${what}s; wgraft has one`,
      );
    }
    const tensor = this.get(refs[0]);
    if (tensor) return tensor;
    throw new WgraftError("bad-input", `${this.file}: the model's ${what} ${refs[0][0]} does not exist`);
  }

  private get([name, index]: TensorRef): SymbolicTensor | undefined {
    return this.tensors.get(`${name} ${this.inner.has(name) ? 0 : index}`);
  }

  private applied(layer: Layer, input: SymbolicTensor): SymbolicTensor {
    try {
      return layer.apply(input);
    } catch (error) {
      if (!(error instanceof WgraftError)) throw error;
      throw new WgraftError("bad-input", `${this.file}: ${error.message}`, { ...error, cause: error });
    }
  }

  private checkArguments(layer: Layer, kwargs: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(kwargs)) {
      if (value === null || (key === "training" && this.ignoresMode(layer, value))) continue;
      throw new WgraftError(
        "not-supported",
        `${this.file}: layer ${layer.name} is called with ${key} = ${JSON.stringify(value)}, which wgraft has not`,
      );
    }
  }

  /**
   * Whether `training=…` in a call makes no difference. Keras 3 notes what it was when the model was built, and lets
   * `fit` and `predict` decide. Keras 2 does as it says: batch normalisation with training=False uses its moving
   * statistics, which wgraft always does (or refuses to train).
   */
  private ignoresMode(layer: Layer, training: unknown): boolean {
    if (Number.parseInt(this.origin.kerasVersion) >= 3) return true;
    const leaves = layer instanceof Network ? layer.leafLayers : [layer];
    const drops = leaves.some((l) => l instanceof Dropout && l.rate > 0);
    return !drops && (training === false || !leaves.some((l) => l instanceof BatchNormalization));
  }
}
