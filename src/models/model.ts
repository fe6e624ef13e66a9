/** The functional model, as a person uses it: compile, fit, evaluate, predict, save. */
import { WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import { checkArgument, checkOptions } from "../options/checkOptions.js";
import type { FieldTable } from "../options/fields.js";
import { defaultDevice } from "./defaultDevice.js";
import {
  compileTable,
  modelTable,
  type CompileOptions,
  type ModelOptions,
  type Predicted,
} from "./modelOptions.js";
import { listed, unlisted, type OneOrMore } from "./ends.js";
import { nameLayers } from "./naming.js";
import { Network } from "./network.js";
import type { LossRecord } from "./outputs.js";
import type { SymbolicTensor } from "./layers/layer.js";
import { fitsOpen } from "./layers/openShape.js";
import { optimizerOf } from "./optimizers/savedOptimizer.js";
import { withLossScale, type LossScale } from "./optimizers/lossScale.js";
import { ScaledOptimizer } from "./optimizers/scaledOptimizer.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import { modelConfig } from "./saving/modelConfig.js";
import { saveModel } from "./saving/save.js";
import { summary, summaryTable, type SummaryOptions } from "./summary.js";
import { targetsOf } from "./targets.js";
import { topologyBetween, type Topology } from "./topology.js";
import { stepsOfEpoch, type BatchSource, type SampleSpec } from "./training/batches.js";
import { isLabels, sourceOf, trainingSources, type Tensors } from "./training/data.js";
import { evaluate } from "./training/evaluate.js";
import { fit, trainStep } from "./training/fit.js";
import { placesOfPrefix, splitAtFrozenPrefix } from "./training/frozenPrefix.js";
import { penalizesOutputs } from "./training/penalties.js";
import { FitPrinter } from "./training/fitPrinter.js";
import type { ModelEnds, TensorBatches } from "./training/generatorSource.js";
import type { History, Logs } from "./training/history.js";
import { withCheckedLabels } from "./training/labels.js";
import {
  evaluateTable,
  fitTable,
  predictTable,
  samples,
  tensors,
  trainingSamples,
  trainOnBatchTable,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
} from "./training/options.js";
import { predict } from "./training/predict.js";
import { Programs, ringCapacity, type Compiled } from "./training/programs.js";
import {
  checkClassWeight,
  checkOneKindOfWeight,
  withClassWeight,
  type WeightOptions,
} from "./training/sampleWeights.js";

/**
 * A graph of layers that can be trained, after keras/src/models/model.py.
 *
 * Of several inputs or outputs, data, losses and metrics are lists in their order, or objects by the names of their layers.
 * @typeParam Outputs one or several: it decides what `predict` gives
 * @example
 * const image = Input({ shape: [32, 32, 3] });
 * const maps = new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }).apply(image);
 * const features = new GlobalAveragePooling2D().apply(maps);
 * const kind = new Dense({ units: 10, activation: "softmax", name: "kind" }).apply(features);
 * const age = new Dense({ units: 1, activation: "sigmoid", name: "age" }).apply(features);
 * const model = new Model({ inputs: image, outputs: [kind, age] });
 * model.compile({ loss: { kind: "categorical_crossentropy", age: "binary_crossentropy" }, lossWeights: [1, 0.5] });
 * const [kinds, ages] = await model.predict(images);
 */
export class Model<const Outputs extends OneOrMore<SymbolicTensor> = SymbolicTensor> extends Network {
  static override readonly table: FieldTable<unknown> = modelTable;
  private connections: Topology | undefined;
  private compiled: Compiled | undefined;
  private savedLoss: LossRecord | undefined;
  /**
   * What is known of the model's origin, as JSON that its files carry and Keras does not look at. The layers above say what
   * is in it. Default: what the file had that the model was loaded from.
   */
  record: unknown;
  private programs: Programs | undefined;
  private ownDevice = this.args.device;
  private readonly givenSeed = this.args.seed;

  constructor(options: ModelOptions<Outputs>) {
    super(options);
    const { inputs, outputs } = this.args;
    if (inputs && outputs) this.connect(topologyBetween(inputs, outputs));
  }

  override get className(): string {
    return "Functional";
  }

  override get topology(): Topology {
    if (this.connections) return this.connections;
    throw new WgraftError("usage", `model ${this.name} has no layers with a known input shape yet`);
  }

  protected connect(topology: Topology): void {
    this.connections = topology;
    nameLayers(this);
    if (this.givenSeed !== undefined) this.seedLayers(this.givenSeed);
    for (const { variable } of this.weights) variable.home ??= this.device;
  }

  /** Where the weights live: the device that was given, or that of an inner model; undefined while that is open. */
  get device(): Device | undefined {
    return (
      this.ownDevice ??
      this.connections?.layers.map((l) => (l instanceof Model ? l.device : undefined)).find(Boolean)
    );
  }

  /** Compiled settings: what a save writes as `training_config`. */
  get compilation(): Compiled | undefined {
    return this.compiled;
  }

  /** How the loss reads the output, where there is one: of `compile`, else as the file says that the model came from. */
  get lossRecord(): LossRecord | undefined {
    if (!this.compiled) return this.savedLoss;
    return this.compiled.targets.length === 1 ? this.compiled.targets[0] : undefined;
  }

  /** Notes the loss that a file records; its optimizer or metrics may be unknown. */
  set lossRecord(record: LossRecord | undefined) {
    this.savedLoss = record;
  }

  /**
   * Fixes optimizer, loss and metrics, and which weights are trained: a `trainable` flag that changes later takes
   * effect at the next `compile`.
   * @throws WgraftError `usage` for an option that is unknown, missing or not what it should be
   * @example
   * model.compile({
   *   optimizer: new RMSprop({ learningRate: 2e-5 }),
   *   loss: "binary_crossentropy",
   *   metrics: ["acc"],
   * });
   */
  compile(options: CompileOptions): void {
    const { optimizer, lossScale, ...rest } = checkOptions(compileTable, options);
    const unscaled = typeof optimizer === "string" ? optimizerOf(optimizer) : optimizer;
    const targets = targetsOf(this.outputNames, rest);
    const [only, ...more] = targets;
    this.compiled = {
      ...(more.length === 0 && { loss: only.loss, fromLogits: only.fromLogits, metrics: only.metrics }),
      optimizer: withLossScale(unscaled, lossScale ?? this.defaultLossScale(unscaled)),
      targets,
      options,
      trainable: this.trainableWeights,
      frozen: new Set(this.leafLayers.filter((layer) => !layer.trainable)),
      seed: this.givenSeed ?? Math.floor(Math.random() * 2 ** 32),
    };
    this.forgetPrograms();
  }

  /**
   * Trains on tensors (n, …), on a source of batches, or on a generator of [x, y], which may go on for ever and needs
   * `stepsPerEpoch`. Returns the figures of every epoch: the loss as it is weighted, the metrics with every sample counted
   * alike.
   *
   * Where the model begins with frozen layers, what they make of the validation samples is computed once (unless it takes
   * more than 512 MiB, or weights of theirs are set meanwhile), and only the rest is validated after each epoch. That goes
   * for tensors, for the flows of `ImageDataGenerator` without a `preprocessingFunction` of one's own, and for every other
   * source that says it is `repeatable`.
   * @example
   * const { history } = await model.fit(x, y, { epochs: 3, batchSize: 4, validationSplit: 0.25 });
   * console.log(history.loss, history.val_acc);
   */
  async fit(x: Tensors, y: Tensors, options?: FitOptions): Promise<History>;
  async fit(source: BatchSource | TensorBatches, options?: FitOptions): Promise<History>;
  async fit(
    x: Tensors | BatchSource | TensorBatches,
    second?: Tensors | FitOptions,
    given?: FitOptions,
  ): Promise<History> {
    checkArgument("fit", "x", trainingSamples, x);
    const [y, options] = isLabels(x, second) ? [second, given] : [undefined, second];
    const { validationData, validationSplit, preprocess, classWeight, sampleWeight, verbose, ...rest } =
      checkOptions(fitTable, options);
    const { training, validation } = await trainingSources(this.ends, {
      ...{ x, y, sampleWeight, preprocess, validationData, validationSplit },
    });
    const source = this.weighted(training, { classWeight, sampleWeight });
    this.warnIfStale();
    for (const callback of rest.callbacks) callback.setModel?.(this);
    // As in Keras it comes last, and prints what the other callbacks add to the logs.
    const printer = verbose && [new FitPrinter(verbose, rest.epochs, stepsOfEpoch(source, rest))];
    const callbacks = [...rest.callbacks, ...(printer || [])];
    const validated = validation && this.labelled(validation);
    return fit(await this.ready(), this.mustBeCompiled(), source, {
      ...{ ...rest, callbacks, validationData: validated },
    });
  }

  /**
   * A compiled model in two parts: the layers that it begins with and that its training leaves as they are, and the rest, which
   * trains the model's own weights with its own optimizer. What `prefix` makes of samples can be computed once, and `rest` be
   * fit on that: the weights become those that a fit of the whole gives, but for rounding.
   * @param sample what the model's one input is given
   * @returns undefined where there are no such layers, where they compute otherwise in training (dropout), and for models of
   *   several inputs or outputs or with a regularizer of outputs
   */
  async frozenParts(sample: SampleSpec): Promise<{ prefix: Model; rest: Model } | undefined> {
    const compiled = this.mustBeCompiled();
    const split = penalizesOutputs(this) ? undefined : splitAtFrozenPrefix(this, compiled.trainable);
    const device = (await this.ready()).device;
    const layersBefore = split && placesOfPrefix({ network: split.prefix, device }, sample, compiled);
    if (!split || layersBefore === undefined || this.outputs.length > 1) return undefined;
    const { name } = this;
    const partOf = ({ inputs, outputs }: Network) =>
      new Model({ inputs: inputs[0], outputs: outputs[0], name, device });
    const rest = partOf(split.rest);
    rest.compiled = { ...compiled, layersBefore };
    return { prefix: partOf(split.prefix), rest };
  }

  /** Frees what was compiled; the weights stay. */
  async freePrograms(): Promise<void> {
    const old = this.programs;
    this.programs = undefined;
    await old?.destroy();
  }

  /**
   * Loss and metrics, as means over all samples.
   * @example
   * const { loss, acc } = await model.evaluate(x, y);
   */
  async evaluate(x: Tensors, y: Tensors, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(source: BatchSource, options?: Omit<EvaluateOptions, "sampleWeight">): Promise<Logs>;
  async evaluate(
    x: Tensors | BatchSource,
    second?: Tensors | EvaluateOptions,
    given?: EvaluateOptions,
  ): Promise<Logs> {
    checkArgument("evaluate", "x", samples, x);
    const [y, options] = isLabels(x, second) ? [second, given] : [undefined, second];
    const { sampleWeight, ...rest } = checkOptions(evaluateTable, options);
    this.mustBeCompiled();
    const source = this.labelled(sourceOf("evaluate", this.ends, x, y, { sampleWeight }));
    return evaluate(await this.ready(), source, rest);
  }

  /**
   * The outputs for every sample, at its place: float32 (n, …), of a model with several outputs a list in their order. Rows
   * of images that the source skipped are NaN.
   * @example
   * const probabilities = await model.predict(x);
   * console.log(probabilities.shape); // [ 8, 1 ]
   * const values = await probabilities.data();
   */
  async predict(x: Tensors | BatchSource, options?: PredictOptions): Promise<Predicted<Outputs>> {
    checkArgument("predict", "x", samples, x);
    const { preprocess, ...rest } = checkOptions(predictTable, options);
    const source = sourceOf("predict", this.ends, x, undefined, { preprocess });
    return unlisted(await predict(await this.ready(), source, rest)) as Predicted<Outputs>;
  }

  /**
   * One step on one batch.
   * @returns the loss and the metrics of that batch, before the update, in the order in which `evaluate` names them
   * @example
   * const [loss, acc] = await model.trainOnBatch(x, y);
   */
  async trainOnBatch(x: Tensors, y: Tensors, options?: WeightOptions): Promise<number[]> {
    for (const [name, data] of Object.entries({ x, y })) checkArgument("trainOnBatch", name, tensors, data);
    const weights = checkOptions(trainOnBatchTable, options);
    const compiled = this.mustBeCompiled();
    const { sampleWeight } = weights;
    const source = this.weighted(sourceOf("trainOnBatch", this.ends, x, y, { sampleWeight }), weights);
    if (source.samples === 0) throw new WgraftError("bad-input", "trainOnBatch: there are no samples");
    const programs = await this.ready();
    for await (const batch of source.batches(source.samples))
      await trainStep(programs, compiled, source, batch);
    const width = programs.figures.length;
    const row = (compiled.optimizer.iterations - 1) % ringCapacity;
    return Array.from((await programs.ring.read()).subarray(row * width, (row + 1) * width));
  }

  /**
   * Prints Keras's table of layers.
   * @throws WgraftError `usage` for an option that is unknown or not what it should be
   * @example
   * const lines: string[] = [];
   * model.summary({ print: (line) => lines.push(line) }); // without options to the console
   */
  summary(options?: SummaryOptions): void {
    const { print = console.log } = checkOptions(summaryTable, options);
    for (const line of summary(this, options)) print(line);
  }

  /**
   * Writes an .h5 file that stock Keras 2 and 3 load, predict with and train further. Replaces a file only when whole.
   * @example
   * await model.save("pets.h5");
   * const same = await loadModel("pets.h5");
   */
  async save(path: string): Promise<void> {
    await saveModel(this, this.compiled, path);
  }

  override getConfig(): Record<string, unknown> {
    return modelConfig(this).config;
  }

  /** The programs of this model on its device, for pipelines of one's own. */
  async ready(): Promise<Programs> {
    this.ownDevice = this.device ?? (await defaultDevice());
    this.programs ??= new Programs(this.ownDevice, this, this.compiled);
    return this.programs;
  }

  private labelled(source: BatchSource): BatchSource {
    const samples = listed(source.sample).map(({ shape }) => shape);
    // Samples that do not fit are refused where a program is made for them.
    const fits =
      samples.length === this.inputs.length &&
      this.inputs.every(({ openShape }, i) => fitsOpen(openShape, samples[i]));
    const shapes = fits ? this.computeOutputShapes(samples) : this.outputs.map(({ shape }) => shape);
    return withCheckedLabels(source, this.mustBeCompiled().targets, shapes);
  }

  private weighted(given: BatchSource, options: WeightOptions): BatchSource {
    checkOneKindOfWeight(options);
    const { classWeight } = options;
    const source = this.labelled(given);
    if (!classWeight) return source;
    if (this.outputs.length > 1)
      throw new WgraftError("usage", "classWeight: only of a model with one output; pass sampleWeight");
    checkClassWeight(classWeight, this.outputShape);
    return withClassWeight(source, classWeight);
  }

  private get ends(): ModelEnds {
    return {
      inputs: { what: "input", names: this.inputNames },
      outputs: { what: "output", names: this.outputNames },
    };
  }

  private mustBeCompiled(): Compiled {
    if (this.compiled) return this.compiled;
    throw new WgraftError(
      "usage",
      `model ${this.name} is not compiled; call compile({ optimizer, loss }) first`,
    );
  }

  /** Gradients that are stored as float16 vanish below 2⁻²⁴ unless they are scaled. */
  private defaultLossScale(optimizer: Optimizer): LossScale | undefined {
    const storesFloat16 = this.device?.precision === "float16";
    return storesFloat16 && !(optimizer instanceof ScaledOptimizer) ? "dynamic" : undefined;
  }

  private forgetPrograms(): void {
    // The device outlives them; a failed compilation was reported to whoever asked for it.
    this.freePrograms().catch(() => undefined);
  }

  private warnIfStale(): void {
    const now = this.trainableWeights;
    const { trainable } = this.mustBeCompiled();
    if (now.length === trainable.length && now.every((w, i) => w === trainable[i])) return;
    process.emitWarning(
      `model ${this.name}: a trainable flag has changed since compile(); it takes effect at the next compile()`,
    );
  }
}

/** Of one output or several. */
export type AnyModel = Model<OneOrMore<SymbolicTensor>>;
