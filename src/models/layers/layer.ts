/** What every layer is. */
import { shapeError, WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { Variable } from "../../graph/variable.js";
import { biasAdd } from "../../kernels/elementwise/biasAdd.js";
import type { Value } from "../../kernels/op.js";
import { formatShape, sameShape, sizeOf, Tensor, type FloatType, type Shape } from "../../tensor.js";
import { checkArgument, checkOption, checkOptions } from "../../options/checkOptions.js";
import { check, instanceOf, listOf } from "../../options/checks.js";
import { nullable, optional, optionsOf, type FieldTable } from "../../options/fields.js";
import { toConfig } from "../../options/kerasConfig.js";
import { camelCase, snakeCase } from "../../options/notation.js";
import { initialValues, type Initializer } from "../initializers.js";
import { hashName, mixSeed, mulberry32 } from "../random.js";
import type { Bounds } from "../constraints.js";
import type { Penalty } from "../regularizers.js";
import { layerTable, type LayerArguments } from "./layerOptions.js";
import { openShapeOf, type OpenShape } from "./openShape.js";

/** Where a layer puts its nodes. */
export interface CallContext {
  readonly graph: Graph;
  /** What activations are stored as. Default "float32". */
  readonly dtype?: FloatType;
  /** Whether this is a training step: dropout acts then. */
  readonly training: boolean;
  /** uint32 [1]: the number of the step, for the random masks. Present when `training`. */
  readonly step?: Value;
  /** Seed of the random masks. */
  readonly seed: number;
  /** Whether Keras calls the layer on whole numbers: see `isInteger`. Default false. */
  readonly integers?: boolean;
  /** Layers of the whole model that have computed before the graph begins; default 0. */
  readonly layersBefore?: number;
  /** Layers that were frozen when the model was compiled: they normalise by their moving statistics in training too. */
  readonly frozen?: ReadonlySet<Layer>;
  /** Sees the outputs of every call of a layer that is not a model. */
  readonly observe?: (layer: Layer, outputs: readonly Value[]) => void;
}

/** One weight of a layer. */
export interface Weight {
  /** "kernel", "bias", "gamma"… */
  readonly name: string;
  /** False for statistics that no gradient changes (moving means). */
  readonly learned: boolean;
  readonly variable: Variable;
}

/** A tensor that does not exist yet: an output of a layer in a model under construction. */
export class SymbolicTensor {
  constructor(
    /** Shape per sample, without the batch axis. Of an axis that the model's inputs leave open: an extent to infer shapes at. */
    readonly shape: Shape,
    readonly call: LayerCall,
    /** Which of the call's outputs. */
    readonly index: number,
    /** The shape at other extents of what the inputs leave open. */
    readonly otherShape: Shape = shape,
  ) {}

  /** Shape per sample; null along the axes that the model's inputs leave open. */
  get openShape(): OpenShape {
    return openShapeOf(this.shape, this.otherShape);
  }

  get isOpen(): boolean {
    return !sameShape(this.shape, this.otherShape);
  }

  /** Whether Keras has whole numbers here, of an input of uint8; they are stored as floats. */
  get isInteger(): boolean {
    return this.layer.keepsIntegers && this.call.inputs.every((tensor) => tensor.isInteger);
  }

  get layer(): Layer {
    return this.call.layer;
  }
}

/** Arguments of a call besides the tensors. */
export interface CallOptions {
  /**
   * false: the layer stays in inference mode while the model trains; its weights train even so. Default: as the model does.
   */
  training?: false | null;
}

const callTable = optionsOf<CallOptions>("apply").fields({
  training: nullable(optional(check<false>("false", (value) => value === false))),
});

let calls = 0;

/** One call of a layer on symbolic tensors. */
export class LayerCall {
  /** Calls that are made later have higher numbers. */
  readonly serial = calls++;
  readonly outputs: readonly SymbolicTensor[];

  constructor(
    readonly layer: Layer,
    /** Empty for the input of a model. */
    readonly inputs: readonly SymbolicTensor[],
    outputs: readonly Shape[],
    /** Whether the layer stays in inference mode while the model trains. */
    readonly isInference: boolean,
    /** The outputs' shapes at other extents of what the model's inputs leave open. Default: the same. */
    others: readonly Shape[] = outputs,
  ) {
    this.outputs = outputs.map((shape, i) => new SymbolicTensor(shape, this, i, others[i]));
  }
}

let layers = 0;

/**
 * What every layer is. A class of layers says in its static `table` which options it takes; their checks, `getConfig`
 * and the reading of saved models follow from it.
 * @typeParam A the options after their checks: `Arguments<typeof table>`
 */
export abstract class Layer<A extends LayerArguments = LayerArguments> {
  /** The options of a class of layers, with Keras's class name. */
  static readonly table: FieldTable<unknown> = layerTable;

  /** The options after their checks, with defaults. */
  protected readonly args: A;
  protected readonly ownWeights: Weight[] = [];
  private readonly givenName: string | undefined;
  private adoptedName: string | undefined;
  /** Names of the layers of each model that has this one. */
  private readonly namesAround = new Set<Set<string>>();
  private isTrainable: boolean;
  private built = false;
  /** Layers that are made later have higher numbers: names are numbered in that order. */
  readonly serial = layers++;
  /** Seed of the initial weights; a model sets it from its own. Default: drawn at random. */
  weightSeed = Math.floor(Math.random() * 2 ** 32);

  /** @throws WgraftError `usage` for an option that is unknown, missing or not what it should be */
  constructor(options?: object) {
    this.args = checkOptions(this.table, options) as A;
    this.givenName = this.args.name;
    this.isTrainable = this.args.trainable ?? true;
  }

  private get table(): FieldTable<unknown> {
    return (this.constructor as typeof Layer).table;
  }

  /** Keras's class name, as in a saved model's config. */
  get className(): string {
    return this.table.owner;
  }

  /** What a name is made of where none is given: the class name in snake case. */
  protected get kind(): string {
    return snakeCase(this.className);
  }

  get name(): string {
    return this.givenName ?? this.adoptedName ?? this.kind;
  }

  /** Shape per sample of the input, where the layer was given one. */
  get inputShape(): Shape | undefined {
    return this.args.inputShape;
  }

  /** Whether what Keras's layer makes of whole numbers are whole numbers. */
  get keepsIntegers(): boolean {
    return false;
  }

  /** How many tensors the layer is called on; undefined: any number from 1. */
  get inputCount(): number | undefined {
    return 1;
  }

  /** The output's shape per sample. @throws WgraftError `shape` when the input does not fit. */
  abstract computeOutputShape(...inputs: Shape[]): Shape;

  /** Emits the layer's nodes. Values carry the batch axis. */
  abstract call(context: CallContext, ...inputs: Value[]): Value;

  /** Shapes of all outputs. A layer has one; a model may have several. */
  computeOutputShapes(inputs: readonly Shape[]): readonly Shape[] {
    return [this.computeOutputShape(...inputs)];
  }

  /** Emits the layer's nodes, and returns all outputs. */
  emit(context: CallContext, inputs: readonly Value[]): readonly Value[] {
    return [this.call(context, ...inputs)];
  }

  /** The layer's arguments under Keras's names, as `model.save` writes them. */
  getConfig(): Record<string, unknown> {
    const { name, trainable } = this;
    return { name, trainable, ...toConfig(this.table, this.args) };
  }

  /** Makes the weights. Called once, before the first use. */
  protected createWeights(_input: Shape): void {
    // Most layers have none.
  }

  /** Whether training changes the weights. Takes effect at the model's next `compile`. */
  get trainable(): boolean {
    return this.isTrainable;
  }

  set trainable(value: boolean) {
    this.isTrainable = value;
  }

  /** All weights: kernel, bias… in Keras's order. */
  get weights(): readonly Weight[] {
    return this.ownWeights;
  }

  get trainableWeights(): readonly Weight[] {
    return this.trainable ? this.weights.filter((w) => w.learned) : [];
  }

  get nonTrainableWeights(): readonly Weight[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((w) => !trainable.has(w));
  }

  /** The penalties on weights that the layer adds to the loss. */
  get weightPenalties(): readonly { readonly weight: Weight; readonly penalty: Penalty }[] {
    return this.withArgument<Penalty>("Regularizer").map(([weight, penalty]) => ({ weight, penalty }));
  }

  /** What keeps weights within bounds after an update. */
  get weightBounds(): readonly { readonly weight: Weight; readonly bounds: Bounds }[] {
    return this.withArgument<Bounds>("Constraint").map(([weight, bounds]) => ({ weight, bounds }));
  }

  /** The penalty on its outputs. */
  get activityPenalty(): Penalty | undefined {
    return this.argument("activityRegularizer") as Penalty | undefined;
  }

  /** The weights that have an argument of a kind, such as `kernelRegularizer`, and its value. */
  private withArgument<T>(kind: "Regularizer" | "Constraint"): [Weight, T][] {
    return this.ownWeights.flatMap((weight): [Weight, T][] => {
      const value = this.argument(`${camelCase(weight.name.replace(/_kernel$/, ""))}${kind}`);
      return value === undefined ? [] : [[weight, value as T]];
    });
  }

  private argument(name: string): unknown {
    return (this.args as Readonly<Record<string, unknown>>)[name];
  }

  countParams(): number {
    return this.weights.reduce((n, w) => n + sizeOf(w.variable.shape), 0);
  }

  /**
   * Puts the layer behind symbolic tensors: the functional API. Makes the weights at the first call.
   * @example
   * const image = Input({ shape: [32, 32, 3] });
   * // The base stays in inference mode, even while the model is trained.
   * const features = base.apply(image, { training: false });
   * const wide = new Dense({ units: 8 }).apply(features);
   * console.log(new Add().apply([features, wide]).shape); // [ 8 ]
   * @throws WgraftError `usage` for what is no tensor, for more or fewer than the layer takes, and where it has several
   *   outputs: see `applyAll`
   */
  apply(...inputs: readonly SymbolicTensor[]): SymbolicTensor;
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[], options?: CallOptions): SymbolicTensor;
  apply(...given: readonly unknown[]): SymbolicTensor {
    const outputs = this.applied(given);
    if (outputs.length === 1) return outputs[0];
    throw new WgraftError("usage", `${this.name} has ${outputs.length} outputs; call it with applyAll`);
  }

  /** `apply` of a model that has several outputs. */
  applyAll(
    inputs: SymbolicTensor | readonly SymbolicTensor[],
    options?: CallOptions,
  ): readonly SymbolicTensor[] {
    return this.applied([inputs, options]);
  }

  private applied(given: readonly unknown[]): readonly SymbolicTensor[] {
    const flat = given.flat();
    const isOptions = flat.length > 0 && !(flat.at(-1) instanceof SymbolicTensor);
    const owner = `apply of ${this.name}`;
    const { training } = checkOptions(callTable, isOptions ? flat.pop() : undefined, owner);
    const inputs = flat.map((value) => checkArgument(owner, "inputs", symbolicTensor, value));
    const { inputCount = Math.max(1, inputs.length) } = this;
    if (inputs.length !== inputCount) {
      const message = `layer ${this.name} is called on ${inputs.length} tensors, not ${inputCount}`;
      throw new WgraftError("usage", message);
    }
    const shapes = inputs.map((t) => t.shape);
    const outputs = this.computeOutputShapes(shapes);
    const others = this.outputsAtOtherExtents(inputs, outputs);
    if (!this.built) this.build(inputs[0]);
    this.built = true;
    return new LayerCall(this, inputs, outputs, training === false, others).outputs;
  }

  /** The outputs' shapes at the other extents of what the inputs leave open. */
  protected outputsAtOtherExtents(
    inputs: readonly SymbolicTensor[],
    outputs: readonly Shape[],
  ): readonly Shape[] {
    const isOpen = inputs.some((tensor) => tensor.isOpen);
    return isOpen ? this.computeOutputShapes(inputs.map(({ otherShape }) => otherShape)) : outputs;
  }

  /** Makes the weights. @throws WgraftError `shape` where their shapes depend on what the input leaves open */
  private build(input: SymbolicTensor | undefined): void {
    if (!input?.isOpen) {
      this.createWeights(input?.shape ?? []);
      return;
    }
    this.createWeights(input.otherShape);
    const atOther = this.ownWeights.splice(0);
    this.createWeights(input.shape);
    const depends = this.ownWeights.find(
      ({ variable }, i) => !sameShape(variable.shape, atOther[i].variable.shape),
    );
    if (!depends) return;
    const what = `an input of fixed extents, since the shape of its ${depends.name} depends on them`;
    throw shapeError(`layer ${this.name}`, what, formatShape(input.openShape));
  }

  /** Whether the name is the caller's own. Any other is numbered within a model: see `nameLayers`. */
  get hasOwnName(): boolean {
    return this.givenName !== undefined;
  }

  /**
   * Takes the first of "dense", "dense_1"… that is not among `taken`, nor in another model that has the layer.
   * @param own the names of models whose layers are named now
   */
  adoptName(taken: ReadonlySet<string>, own: ReadonlySet<Set<string>>): void {
    const before = this.name;
    if (this.hasOwnName || !taken.has(before)) return;
    const elsewhere = [...this.namesAround].filter((names) => !own.has(names));
    const isTaken = (name: string) => [taken, ...elsewhere].some((names) => names.has(name));
    for (let n = 1; isTaken(this.name); n++) this.adoptedName = `${this.kind}_${n}`;
    for (const names of elsewhere) {
      names.delete(before);
      names.add(this.name);
    }
  }

  /** @param names of the layers of a model that has this one: it is kept up to date when the name changes */
  keepIn(names: Set<string>): void {
    this.namesAround.add(names);
  }

  /** The weights' values, in the order of `weights`. */
  async getWeights(): Promise<Tensor[]> {
    const read = async ({ variable }: Weight) =>
      new Tensor((await variable.read()) as Float32Array, variable.shape, "float32");
    return Promise.all(this.weights.map(read));
  }

  /**
   * Replaces the weights' values.
   * @throws WgraftError `usage` for what is no list of tensors of float32, `shape` when number or shapes differ
   */
  async setWeights(values: readonly Tensor[]): Promise<void> {
    checkArgument(`setWeights of ${this.name}`, "values", weightValues, values);
    if (values.length !== this.weights.length) {
      throw shapeError(`setWeights of ${this.name}`, `${this.weights.length} tensors`, `${values.length}`);
    }
    this.weights.forEach(({ variable, name }, i) => {
      if (sameShape(variable.shape, values[i].shape)) return;
      throw shapeError(
        `setWeights of ${this.name}/${name}`,
        formatShape(variable.shape),
        formatShape(values[i].shape),
      );
    });
    for (const [i, { variable }] of this.weights.entries()) variable.write(await values[i].data());
  }

  /** Gives an option another value, checked like the first. */
  protected change<K extends keyof A & string>(option: K, value: A[K]): void {
    const { owner, fields } = this.table as FieldTable;
    this.args[option] = checkOption(owner, option, fields[option], value) as A[K];
  }

  protected addWeight(name: string, shape: Shape, initializer: Initializer, learned = true): void {
    const values = () =>
      initialValues(initializer, shape, mulberry32(mixSeed(this.weightSeed, hashName(name))));
    this.ownWeights.push({ name, learned, variable: new Variable(`${this.name}/${name}`, shape, values) });
  }

  /** z with the layer's weight "bias" added to each channel, where there is one. */
  protected withBias(context: CallContext, z: Value): Value {
    if (!this.ownWeights.some(({ name }) => name === "bias")) return z;
    return context.graph.add(biasAdd, [z, this.weight(context, "bias")], {});
  }

  /** The value of one of the layer's weights in a graph. */
  protected weight(context: CallContext, name: string): Value {
    const weight = this.ownWeights.find((w) => w.name === name);
    if (!weight) throw new WgraftError("internal", `layer ${this.name} has no weight ${name}; was it built?`);
    return context.graph.variable(weight.variable);
  }
}

/** What models are made between. */
const weightValues = listOf(
  check<Tensor>("a Tensor of float32", (value) => value instanceof Tensor && value.dtype === "float32"),
);

export const symbolicTensor = instanceOf(SymbolicTensor, "a tensor of Input() or of a layer's apply()");

/** The dimensions of an image per sample, or a `shape` error that names the layer. */
export function imageShape(layer: Layer, shape: Shape): [number, number, number] {
  if (shape.length !== 3)
    throw shapeError(`layer ${layer.name}`, "an input (height, width, channels)", formatShape(shape));
  return [shape[0], shape[1], shape[2]];
}
