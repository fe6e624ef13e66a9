/** The layers of a functional model, called on each other as a file tells. */
import { WgraftError } from "../../errors.js";
import type { InboundNode, LayerConfig, ModelConfig, TensorRef } from "../../io/keras/modelConfig.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { countsOfCalls, type CallCount } from "./callCounts.js";
import { staysInInference, type Origin } from "./callArguments.js";

export type { Origin };

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
 * @returns the model's inputs and outputs
 * @throws WgraftError `bad-input` for connections that lead nowhere, `not-supported` for calls with arguments that wgraft
 *   does not have
 */
export function connect(
  config: ModelConfig,
  build: (layer: LayerConfig) => Layer,
  origin: Origin,
): { inputs: SymbolicTensor[]; outputs: SymbolicTensor[] } {
  const { file } = origin;
  const places = new Places(config, origin);
  let pending: PendingCall[] = [];
  for (const layerConfig of config.layers) {
    const layer = build(layerConfig);
    if (layer instanceof InputLayer) places.set(layer.name, 0, [layer.apply()]);
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
    inputs: places.ends("input", config.inputLayers),
    outputs: places.ends("output", config.outputLayers),
  };
}

/** The tensors that exist so far. */
class Places {
  private readonly tensors = new Map<string, readonly SymbolicTensor[]>();
  private readonly counts: ReadonlyMap<string, CallCount>;
  private readonly file: string;

  constructor(
    config: ModelConfig,
    private readonly origin: Origin,
  ) {
    this.file = origin.file;
    this.counts = countsOfCalls(config);
  }

  set(name: string, index: number, tensors: readonly SymbolicTensor[]): void {
    this.tensors.set(`${name} ${index}`, tensors);
  }

  /** Calls a layer, if what it is called on exists. */
  tryCall({ layer, index, node }: PendingCall): boolean {
    const inputs = node.inputs.map((ref) => this.get(ref, this.counts.get(ref[0])?.inbound));
    if (!inputs.every((tensor) => tensor !== undefined)) return false;
    const isInference = staysInInference(layer, node.kwargs, this.origin);
    this.set(layer.name, index, this.applied(layer, inputs, isInference));
    return true;
  }

  /** The inputs or outputs of the model. */
  ends(what: "input" | "output", refs: readonly TensorRef[]): SymbolicTensor[] {
    if (refs.length === 0) throw new WgraftError("bad-input", `${this.file}: a model without an ${what}`);
    return refs.map((ref) => {
      const tensor = this.get(ref, this.counts.get(ref[0])?.outputs);
      if (tensor) return tensor;
      throw new WgraftError("bad-input", `${this.file}: the model's ${what} ${ref[0]} does not exist`);
    });
  }

  /** @param from the number that the first call of an inner model has */
  private get([name, index, output]: TensorRef, from = 0): SymbolicTensor | undefined {
    return this.tensors.get(`${name} ${index - from}`)?.[output];
  }

  private applied(layer: Layer, inputs: SymbolicTensor[], isInference: boolean): readonly SymbolicTensor[] {
    try {
      return layer.applyAll(inputs, isInference ? { training: false } : {});
    } catch (error) {
      if (!(error instanceof WgraftError)) throw error;
      throw new WgraftError("bad-input", `${this.file}: ${error.message}`, { ...error, cause: error });
    }
  }
}
