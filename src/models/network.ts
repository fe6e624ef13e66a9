/** Layers between inputs and outputs, usable as a layer of another network. */
import { shapeError, WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Value } from "../kernels/op.js";
import { formatShape, sameShape, type Shape } from "../tensor.js";
import { distinct } from "./ends.js";
import { Layer, type CallContext, type LayerCall, type SymbolicTensor, type Weight } from "./layers/layer.js";
import type { LayerArguments } from "./layers/layerOptions.js";
import { fitsOpen } from "./layers/openShape.js";
import { mixSeed } from "./random.js";
import type { Topology } from "./topology.js";

/** Options of a network, checked. */
interface NetworkArguments extends LayerArguments {
  inputs?: readonly SymbolicTensor[];
  outputs?: readonly SymbolicTensor[];
  seed?: number;
  device?: Device;
}

/**
 * A graph of layers. As in Keras it is a layer itself: a `Sequential` may begin with one, and a functional model call one
 * anywhere. What trains, evaluates and saves it is `Model`, above.
 */
export abstract class Network extends Layer<NetworkArguments> {
  abstract get topology(): Topology;
  /** Of the layers: see `nameLayers`. */
  readonly names = new Set<string>();

  get inputs(): readonly SymbolicTensor[] {
    return this.topology.inputs;
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.topology.outputs;
  }

  /** The calls of layers, each after what it reads. */
  get calls(): readonly LayerCall[] {
    return this.topology.calls;
  }

  override get inputCount(): number {
    return this.inputs.length;
  }

  /** Shape per sample of the input; of an open axis an extent to infer shapes at, see `inputs[0].openShape`. @throws WgraftError `usage` where there are several: see `inputs` */
  override get inputShape(): Shape {
    return this.only("input", this.inputs).shape;
  }

  /** Shape per sample of the output; of an open axis an extent to infer shapes at, see `outputs[0].openShape`. @throws WgraftError `usage` where there are several: see `outputs` */
  get outputShape(): Shape {
    return this.only("output", this.outputs).shape;
  }

  /** Names of the inputs, those of their layers: what an object of data goes by. */
  get inputNames(): readonly string[] {
    return distinct(this.inputs.map(({ layer }) => layer.name));
  }

  /** Names of the outputs, those of the layers that make them: what objects of labels, losses and metrics go by. */
  get outputNames(): readonly string[] {
    return distinct(this.outputs.map(({ layer }) => layer.name));
  }

  /** In Keras's order: those farthest from the outputs first. */
  get layers(): readonly Layer[] {
    return this.topology.layers;
  }

  private only(what: string, tensors: readonly SymbolicTensor[]): SymbolicTensor {
    if (tensors.length === 1) return tensors[0];
    throw new WgraftError("usage", `model ${this.name} has ${tensors.length} ${what}s, where one is needed`);
  }

  /**
   * A direct layer of the model.
   * @throws WgraftError `usage` that lists the names where there is none
   * @example
   * const hidden = model.getLayer("hidden");
   * hidden.trainable = false;
   * const [kernel, bias] = await hidden.getWeights();
   * console.log(kernel.shape, bias.shape); // [ 4, 8 ] [ 8 ]
   */
  getLayer(name: string): Layer {
    const layer = this.layers.find((l) => l.name === name);
    if (layer) return layer;
    const names = this.layers.map((l) => l.name).join(", ");
    throw new WgraftError("usage", `model ${this.name} has no layer ${name}; it has: ${names}`, {
      got: name,
    });
  }

  /** Layer by layer, as in Keras: the statistics of a normalization stand next to its gamma and beta. */
  override get weights(): readonly Weight[] {
    return this.layers.flatMap((l) => l.weights);
  }

  /** As in Keras 3, the flag of an inner model no longer counts once its layers have been set. */
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

  override computeOutputShape(...inputs: Shape[]): Shape {
    this.computeOutputShapes(inputs);
    return this.outputShape;
  }

  override computeOutputShapes(inputs: readonly Shape[]): readonly Shape[] {
    for (const [i, { openShape, layer }] of this.inputs.entries()) {
      if (fitsOpen(openShape, inputs[i])) continue;
      const what = this.inputs.length === 1 ? "an input" : `input ${layer.name}`;
      throw shapeError(`model ${this.name}`, `${what} ${formatShape(openShape)}`, formatShape(inputs[i]));
    }
    if (this.inputs.every(({ shape }, i) => sameShape(shape, inputs[i])))
      return this.outputs.map(({ shape }) => shape);
    const shapes = new Map(this.inputs.map((tensor, i) => [tensor, inputs[i]]));
    for (const { layer, inputs: given, outputs } of this.calls) {
      if (given.length === 0) continue;
      const made = layer.computeOutputShapes(given.map((tensor) => shapes.get(tensor)!));
      outputs.forEach((tensor, i) => shapes.set(tensor, made[i]));
    }
    return this.outputs.map((tensor) => shapes.get(tensor)!);
  }

  /** Whether an input leaves extents to the data. */
  get isOpen(): boolean {
    return this.inputs.some((tensor) => tensor.isOpen);
  }

  override call(context: CallContext, ...inputs: Value[]): Value {
    return this.emit(context, inputs)[0];
  }

  override emit(context: CallContext, inputs: readonly Value[]): readonly Value[] {
    const values = new Map(this.inputs.map((tensor, i) => [tensor, inputs[i]]));
    for (const call of this.calls) {
      if (call.inputs.length > 0) emitCall(context, call, values);
    }
    return this.outputs.map((tensor) => values.get(tensor)!);
  }

  /** Every layer that is not a model, nested ones included. */
  get leafLayers(): readonly Layer[] {
    return this.layers.flatMap((l) => (l instanceof Network ? l.leafLayers : [l]));
  }

  /** The model itself and every layer in it, each once. */
  get layerTree(): readonly Layer[] {
    const below = this.layers.flatMap((l) => (l instanceof Network ? l.layerTree : [l]));
    return [...new Set<Layer>([this, ...below])];
  }

  /** Gives every layer its seed, so that a seeded model begins with the same weights each time. */
  protected seedLayers(seed: number): void {
    this.leafLayers.forEach((layer, i) => {
      layer.weightSeed = mixSeed(seed, i);
    });
  }
}

/** Emits one call, from and into the values of tensors. */
function emitCall(context: CallContext, call: LayerCall, values: Map<SymbolicTensor, Value>): void {
  const { layer, isInference } = call;
  const given = call.inputs.map((tensor) => values.get(tensor)!);
  const training = context.training && !isInference;
  const integers = call.inputs.every((tensor) => tensor.isInteger);
  const inside = { ...context, training, integers };
  const emit = () => layer.emit(inside, given);
  const outputs = layer instanceof Network ? emit() : context.graph.scoped(layer.name, emit);
  if (!(layer instanceof Network)) context.observe?.(layer, outputs);
  call.outputs.forEach((tensor, i) => values.set(tensor, outputs[i]));
}
