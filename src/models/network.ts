/** Layers between an input and an output, usable as a layer of another network. */
import { shapeError, WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Value } from "../kernels/op.js";
import { formatShape, type Shape } from "../tensor.js";
import { Layer, type CallContext, type SymbolicTensor, type Weight } from "./layers/layer.js";
import type { LayerArguments } from "./layers/layerOptions.js";
import { InputLayer } from "./layers/core/inputLayer.js";
import { mixSeed } from "./random.js";

/** A layer at one place of a model, with the places it reads. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly number[];
  readonly output: SymbolicTensor;
}

/** What a network may be told, after its check. */
interface NetworkArguments extends LayerArguments {
  inputs?: SymbolicTensor;
  outputs?: SymbolicTensor;
  seed?: number;
  device?: Device;
}

/**
 * A graph of layers from one input to one output. As in Keras it is a layer itself: a `Sequential` may begin with one.
 * What trains, evaluates and saves it is `Model`, above.
 */
export abstract class Network extends Layer<NetworkArguments> {
  /** The calls in topological order; the first is the input. */
  abstract get calls(): readonly LayerCall[];

  /** Shape per sample of the input. */
  override get inputShape(): Shape {
    return this.calls[0].output.shape;
  }

  /** Shape per sample of the output. */
  get outputShape(): Shape {
    return this.calls.at(-1)!.output.shape;
  }

  get layers(): readonly Layer[] {
    return [...new Set(this.calls.map((c) => c.layer))];
  }

  /** A direct layer of the model. @throws WgraftError `usage` that lists the names where there is none */
  getLayer(name: string): Layer {
    const layer = this.layers.find((l) => l.name === name);
    if (layer) return layer;
    const names = this.layers.map((l) => l.name).join(", ");
    throw new WgraftError("usage", `model ${this.name} has no layer ${name}; it has: ${names}`, {
      got: name,
    });
  }

  /** Layer by layer, as in Keras: the statistics of a normalisation stand beside its gamma and beta. */
  override get weights(): readonly Weight[] {
    return this.layers.flatMap((l) => l.weights);
  }

  /** As in Keras 3, the flag of an inner model counts no more once its layers have been given others. */
  override get trainableWeights(): readonly Weight[] {
    return this.trainable ? this.leafLayers.flatMap((l) => l.trainableWeights) : [];
  }

  override get trainable(): boolean {
    return super.trainable;
  }

  /** Sets the flag of every layer, as Keras does. */
  override set trainable(value: boolean) {
    super.trainable = value;
    for (const layer of this.layers) layer.trainable = value;
  }

  override computeOutputShape(input: Shape): Shape {
    if (formatShape(input) !== formatShape(this.inputShape)) {
      throw shapeError(`model ${this.name}`, `an input ${formatShape(this.inputShape)}`, formatShape(input));
    }
    return this.outputShape;
  }

  override call(context: CallContext, input: Value): Value {
    const values: Value[] = [];
    for (const { layer, inputs } of this.calls) {
      const given = inputs.length === 0 ? [input] : inputs.map((i) => values[i]);
      const emit = () => layer.call(context, ...given);
      values.push(layer instanceof Network ? emit() : context.graph.scoped(layer.name, emit));
    }
    return values.at(-1)!;
  }

  /** Every layer that is not a model, nested ones included. */
  get leafLayers(): readonly Layer[] {
    return this.layers.flatMap((l) => (l instanceof Network ? l.leafLayers : [l]));
  }

  /** Gives every layer its seed, so that a seeded model begins with the same weights each time. */
  protected seedLayers(seed: number): void {
    this.leafLayers.forEach((layer, i) => {
      layer.weightSeed = mixSeed(seed, i);
    });
  }
}

/** The calls between `inputs` and `outputs`, each after what it reads. */
export function traceCalls(inputs: SymbolicTensor, outputs: SymbolicTensor): LayerCall[] {
  const calls: LayerCall[] = [];
  const places = new Map<SymbolicTensor, number>();
  const stack: SymbolicTensor[] = [outputs];
  const place = (call: LayerCall) => places.set(call.output, calls.push(call) - 1);
  place({ layer: inputs.layer, inputs: [], output: inputs });
  // An explicit stack: a network may be deeper than the call stack likes.
  while (stack.length > 0) {
    const tensor = stack.at(-1)!;
    const missing = tensor.inputs.filter((t) => !places.has(t));
    if (places.has(tensor)) stack.pop();
    else if (missing.length > 0) stack.push(...missing.reverse());
    else if (tensor.inputs.length === 0) {
      throw new WgraftError(
        "usage",
        `the outputs depend on input ${tensor.layer.name}, which is not the model's`,
      );
    } else {
      stack.pop();
      place({ layer: tensor.layer, inputs: tensor.inputs.map((t) => places.get(t)!), output: tensor });
    }
  }
  return calls;
}

/** Names the layers of a model; an input that some inner model already named keeps its name. */
export function nameLayers(calls: readonly LayerCall[]): void {
  const taken = new Set<string>();
  for (const layer of new Set(calls.map((c) => c.layer))) layer.adoptName(taken);
  if (!(calls[0]?.layer instanceof InputLayer) && calls[0]?.inputs.length === 0) {
    throw new WgraftError(
      "usage",
      `a model's inputs must come from Input(), got layer ${calls[0].layer.name}`,
    );
  }
}
