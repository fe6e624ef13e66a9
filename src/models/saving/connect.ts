/** The layers of a functional model, called on each other as the file says. */
import { WgraftError } from "../../errors.js";
import type { InboundNode, LayerConfig, ModelConfig, TensorRef } from "../../io/keras/modelConfig.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import type { OpenShape } from "../layers/openShape.js";
import { countsOfCalls, type CallCount } from "./callCounts.js";
import { staysInInference, type Origin } from "./callArguments.js";

export type { Origin };

/** Several times the largest model of keras.applications. */
const maxCalls = 10_000;
/** Tensors that one call is on. They become arguments of functions, of which the call stack bounds the number. */
const maxInputs = 1000;

/** A layer; an inner model that leaves the size of its input to that is built when it is first called. */
interface Made {
  readonly name: string;
  readonly at: (inputs: readonly OpenShape[]) => Layer;
}

interface PendingCall {
  readonly layer: Made;
  /** Which of the layer's calls. */
  readonly index: number;
  readonly node: InboundNode;
  /** The tensors it is called on, as far as they exist: those before the first that does not. */
  readonly inputs: SymbolicTensor[];
}

/**
 * Builds the layers and calls them.
 * @returns the model's inputs and outputs
 * @throws WgraftError `bad-input` for connections that lead nowhere, `not-supported` for calls with arguments that wgraft
 *   does not have
 */
export function connect(
  config: ModelConfig,
  build: (layer: LayerConfig, inputs?: readonly OpenShape[]) => Layer,
  origin: Origin,
): { inputs: SymbolicTensor[]; outputs: SymbolicTensor[] } {
  const { file } = origin;
  const places = new Places(config, origin);
  const calls: PendingCall[] = [];
  for (const layerConfig of config.layers) {
    const layer = madeBy(layerConfig, build, places);
    for (const [index, node] of layerConfig.inbound.entries()) {
      if (node.inputs.length > maxInputs)
        throw new WgraftError(
          "not-supported",
          `${file}: layer ${layer.name} is called on more than ${maxInputs} tensors`,
        );
      calls.push({ layer, index, node, inputs: [] });
    }
  }
  if (calls.length > maxCalls) {
    throw new WgraftError("not-supported", `${file}: a model of more than ${maxCalls} calls of layers`);
  }
  const called = new Set<PendingCall>();
  for (const call of calls) callWithWaiting(call, places, called);
  const missing = calls.find((call) => !called.has(call));
  if (missing) {
    throw new WgraftError(
      "bad-input",
      `${file}: layer ${missing.layer.name} is called on what does not exist`,
    );
  }
  return {
    inputs: places.ends("input", config.inputLayers),
    outputs: places.ends("output", config.outputLayers),
  };
}

function madeBy(
  config: LayerConfig,
  build: (layer: LayerConfig, inputs?: readonly OpenShape[]) => Layer,
  places: Places,
): Made {
  const { name } = config;
  let model: Layer | undefined;
  if (config.model && isOpen(config.model))
    return { name, at: (inputs) => (model ??= build(config, inputs)) };
  const layer = build(config);
  if (layer instanceof InputLayer) places.set(name, 0, [layer.apply()]);
  return { name, at: () => layer };
}

/** Whether a model leaves a size of its input to its caller. */
export function isOpen({ layers, buildInputShape }: ModelConfig): boolean {
  const hasOpen = (shape: readonly (number | null)[] = []) => shape.slice(1).includes(null);
  return (
    hasOpen(buildInputShape) ||
    layers.some(({ batchShape, model }) => hasOpen(batchShape) || (model && isOpen(model)))
  );
}

/** Calls a layer, if what it is called on exists, and then what has waited for that. */
function callWithWaiting(first: PendingCall, places: Places, called: Set<PendingCall>): void {
  const ready = [first];
  for (let call = ready.pop(); call; call = ready.pop()) {
    if (!places.tryCall(call)) continue;
    called.add(call);
    for (const waiting of places.takeWaiting(call)) ready.push(waiting);
  }
}

/** The tensors that exist so far, and the calls that wait for further ones. */
class Places {
  private readonly tensors = new Map<string, readonly SymbolicTensor[]>();
  private readonly waiting = new Map<string, PendingCall[]>();
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

  /** Calls a layer, if what it is called on exists, and its call before. If not, the call waits. */
  tryCall(call: PendingCall): boolean {
    const { layer: made, index, node, inputs } = call;
    // As in Keras a layer's calls are made in their order, by which a save numbers them.
    const before = `${made.name} ${index - 1}`;
    if (index > 0 && !this.tensors.has(before)) {
      this.wait(call, before);
      return false;
    }
    while (inputs.length < node.inputs.length) {
      const ref = node.inputs[inputs.length];
      const from = this.counts.get(ref[0])?.inbound;
      const tensor = this.get(ref, from);
      if (!tensor) {
        this.wait(call, placeOf(ref, from));
        return false;
      }
      inputs.push(tensor);
    }
    const layer = made.at(inputs.map(({ openShape }) => openShape));
    const isInference = staysInInference(layer, node.kwargs, this.origin);
    this.set(made.name, index, this.applied(layer, inputs, isInference));
    return true;
  }

  /** The calls that wait for what a call has made, the first one last. */
  takeWaiting({ layer, index }: PendingCall): PendingCall[] {
    const place = `${layer.name} ${index}`;
    const calls = this.waiting.get(place) ?? [];
    this.waiting.delete(place);
    return calls.reverse();
  }

  private wait(call: PendingCall, place: string): void {
    const others = this.waiting.get(place);
    if (others) others.push(call);
    else this.waiting.set(place, [call]);
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
  private get(ref: TensorRef, from?: number): SymbolicTensor | undefined {
    return this.tensors.get(placeOf(ref, from))?.[ref[2]];
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

/** Under which the tensors of a call are found. */
function placeOf([name, index]: TensorRef, from = 0): string {
  return `${name} ${index - from}`;
}
