/** The three programs of a model: predict, test, train; one each for a batch size and a kind and size of sample, of any size where it can be. */
import { WgraftError } from "../../errors.js";
import { gradients } from "../../graph/autodiff.js";
import { compile } from "../../graph/compile.js";
import { planWithin } from "../../graph/recompute/fitMemory.js";
import { Graph } from "../../graph/graph.js";
import type { Feeds, Program } from "../../graph/program/program.js";
import type { Outputs, ProgramPlan } from "../../graph/plan/programPlan.js";
import { Variable } from "../../graph/variable.js";
import type { Device } from "../../kernels/gpu/device.js";
import { add, multiply } from "../../kernels/elementwise/binary.js";
import { scale } from "../../kernels/elementwise/elementwise.js";
import type { Value } from "../../kernels/op.js";
import { hyperShape } from "../../kernels/training/hyper.js";
import { maxScalars, recordScalars } from "../../kernels/training/record.js";
import { mean } from "../../kernels/shape/reduce.js";
import type { CallContext, Layer, Weight } from "../layers/layer.js";
import { listed, type OneOrMore } from "../ends.js";
import { labelShape } from "../losses.js";
import type { CompileOptions } from "../modelOptions.js";
import type { LossRecord } from "../outputs.js";
import type { Network } from "../network.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { emitTarget, figureNames, type Target } from "../targets.js";
import type { SampleSpec } from "./batches.js";
import { emitConstraints } from "./constraints.js";
import { nameAt, type FeedKind } from "./feeds.js";
import { modelInputs } from "./modelInput.js";
import { Penalties } from "./penalties.js";
import { predictionInFloat32 } from "./precision.js";
import { ProgramCache } from "./programCache.js";
import { capacityFor, SampleSizes } from "./sourceSize.js";

/** What `compile` fixed; of a model with one output, with the loss and the metrics of that. */
export interface Compiled extends Partial<LossRecord & Pick<Target, "metrics">> {
  readonly optimizer: Optimizer;
  /** One for each output of the model, in their order. */
  readonly targets: readonly Target[];
  /** As `compile` was called: what files have. */
  readonly options: CompileOptions;
  /** The weights that training changes: those that were trainable when the model was compiled. */
  readonly trainable: readonly Weight[];
  /** Layers that were not trainable then. */
  readonly frozen: ReadonlySet<Layer>;
  readonly seed: number;
  /** Layers that come before the network, where it is the rest of a model: masks are drawn as for the whole. Default 0. */
  readonly layersBefore?: number;
}

/** Steps whose figures the GPU keeps before they must be read. */
export const ringCapacity = 256;

/** The kinds of programs. */
export type Mode = "predict" | "test" | "train";

/** What is computed of a model's inputs, and under which names it is read. */
export type Emit = (context: CallContext, inputs: readonly Value[]) => Outputs;

/** Traces and compiles programs, and keeps those used last. One that is used over some time must be held. */
export class Programs {
  private readonly cache = new ProgramCache();
  /** Row i contains the figures of step i modulo its length. */
  readonly ring: Variable;
  /** Names of the figures, in the order of a ring row. */
  readonly figures: readonly string[];
  private readonly sizes: SampleSizes;

  constructor(
    readonly device: Device,
    readonly network: Network,
    private readonly compiled: Compiled | undefined,
  ) {
    this.sizes = new SampleSizes(network);
    this.figures = compiled ? figureNames(compiled.targets) : ["loss"];
    this.ring = new Variable("figures", [ringCapacity, this.figures.length]);
  }

  /** One for each output. @throws WgraftError `usage` where the model is not compiled */
  get targets(): readonly Target[] {
    return this.needCompiled().targets;
  }

  /** x → y, the prediction. Here and below: of several inputs and outputs x, x1… and y, y1…, see `nameAt`. */
  predict(batch: number, sample: OneOrMore<SampleSpec>): Promise<Program> {
    return this.cached("predict", batch, sample);
  }

  /** x, labels → the loss and metrics of each sample, its `penalty` where there are regularizers, and y, the prediction. */
  test(batch: number, sample: OneOrMore<SampleSpec>): Promise<Program> {
    return this.cached("test", batch, sample);
  }

  /**
   * x, labels, step, hyper, transforms of augmented samples → updated weights, and a row of figures in the ring.
   * @param weighted whether there is a sampleWeight too, which each sample's loss is multiplied by; default false
   */
  train(batch: number, sample: OneOrMore<SampleSpec>, weighted = false): Promise<Program> {
    return this.cached("train", batch, sample, weighted);
  }

  /**
   * A program over the model's inputs in inference mode, whose outputs are what `emit` makes of them.
   * @param key what differs among such programs: equal keys share one
   */
  custom(key: string, batch: number, sample: OneOrMore<SampleSpec>, emit: Emit): Promise<Program> {
    const samples = listed(sample);
    return this.cache.get(this.keyOf(`custom ${key}`, "predict", batch, samples, false), async () => {
      const graph = new Graph();
      const inputs = modelInputs(graph, this, batch, samples, { sizes: this.sizes });
      const context = { graph, training: false, seed: 0, dtype: this.device.precision };
      return compile(this.device, graph, emit(context, inputs));
    });
  }

  /** What a run is fed besides the samples: where in them each image lies, if the program serves all sizes. */
  sizeFeeds(mode: Mode, batch: number, sample: OneOrMore<SampleSpec>): Feeds {
    return this.sizes.feeds(listed(sample), batch, mode === "train");
  }

  /**
   * What a program will be, before anything of it is allocated.
   * @param choices of kernels. Default: the device's
   * @throws WgraftError `out-of-memory` as `compile`
   */
  plan(
    mode: Mode,
    batch: number,
    sample: OneOrMore<SampleSpec>,
    choices = this.device.caps.choices,
  ): ProgramPlan {
    const { graph, outputs } = this.trace(mode, batch, listed(sample), false);
    return planWithin(graph, outputs, { ...this.device.caps, choices }, this.device.memoryBudget);
  }

  /** Frees every program's buffers; the weights stay. */
  async destroy(): Promise<void> {
    await this.cache.clear();
    this.ring.release();
  }

  private labels(graph: Graph, batch: number, samples: readonly SampleSpec[]): Value[] {
    const outputs = this.network.computeOutputShapes(samples.map(({ shape }) => shape));
    return this.targets.map(({ loss }, i) => {
      const shape = labelShape(loss, outputs[i]);
      return graph.input(nameAt("labels", i), { shape: [batch, ...shape], dtype: "float32" });
    });
  }

  private needCompiled(): Compiled {
    if (this.compiled) return this.compiled;
    throw new WgraftError(
      "usage",
      `model ${this.network.name} is not compiled; call compile({ optimizer, loss }) first`,
    );
  }

  private cached(
    mode: Mode,
    batch: number,
    sample: OneOrMore<SampleSpec>,
    weighted = false,
  ): Promise<Program> {
    const samples = listed(sample);
    return this.cache.get(this.keyOf(mode, mode, batch, samples, weighted), async () => {
      const { graph, outputs } = this.trace(mode, batch, samples, weighted);
      return compile(this.device, graph, outputs);
    });
  }

  private keyOf(
    name: string,
    mode: Mode,
    batch: number,
    samples: readonly SampleSpec[],
    weighted: boolean,
  ): string {
    const training = mode === "train";
    const kinds = samples.map((sample, i) => {
      const { shape, dtype, preprocess, scale, augment } = sample;
      const isAnySize = this.sizes.layerOf(i, sample, training) !== undefined;
      const size = isAnySize ? capacityFor(sample, batch) : shape;
      return [size, dtype, preprocess, scale, training && augment];
    });
    return JSON.stringify([name, batch, kinds, weighted]);
  }

  private trace(mode: Mode, batch: number, samples: readonly SampleSpec[], weighted: boolean) {
    const graph = new Graph();
    switch (mode) {
      case "predict":
        return { graph, outputs: this.tracePredict(graph, batch, samples) };
      case "test":
        return { graph, outputs: this.traceTest(graph, batch, samples) };
      case "train":
        this.traceTrain(graph, batch, samples, weighted);
        return { graph, outputs: {} };
    }
  }

  private tracePredict(graph: Graph, batch: number, samples: readonly SampleSpec[]): Outputs {
    const inputs = modelInputs(graph, this, batch, samples, { sizes: this.sizes });
    return named("y", this.predictions({ graph, training: false, seed: 0 }, inputs));
  }

  private traceTest(graph: Graph, batch: number, samples: readonly SampleSpec[]): Outputs {
    const inputs = modelInputs(graph, this, batch, samples, { sizes: this.sizes });
    const labels = this.labels(graph, batch, samples);
    const penalties = new Penalties(graph, this.network);
    const observe = penalties.observe.bind(penalties);
    const predictions = this.predictions({ graph, training: false, seed: 0, observe }, inputs);
    const penalty = penalties.ofEachSample(this.needCompiled().trainable, batch);
    const emitted = this.targets.map((target, i) => emitTarget(graph, target, labels[i], predictions[i]));
    const metrics = emitted.flatMap((target) => target.metrics);
    const names = this.figures.slice(this.figures.length - metrics.length);
    return {
      ...named("y", predictions),
      ...named(
        "loss",
        emitted.map(({ loss }) => loss),
      ),
      ...Object.fromEntries(metrics.map((value, i) => [names[i], value])),
      ...(penalty && { penalty }),
    };
  }

  private traceTrain(graph: Graph, batch: number, samples: readonly SampleSpec[], weighted: boolean): void {
    const { targets, optimizer, trainable, frozen, seed, layersBefore } = this.needCompiled();
    const inputs = modelInputs(graph, this, batch, samples, { sizes: this.sizes, training: true });
    const labels = this.labels(graph, batch, samples);
    const step = graph.input("step", { shape: [1], dtype: "uint32" });
    const hyper = graph.input("hyper", { shape: hyperShape, dtype: "float32" });
    const penalties = new Penalties(graph, this.network);
    const observe = penalties.observe.bind(penalties);
    const context = { graph, training: true, step, seed, frozen, layersBefore, observe };
    const predictions = this.predictions(context, inputs);
    const average = (value: Value) => graph.add(mean, [value], {});
    const emitted = targets.map((target, i) => emitTarget(graph, target, labels[i], predictions[i]));
    // Divided by the samples, not by the sum of the weights: Keras's reduction "sum_over_batch_size".
    const losses = emitted.map(({ loss }, i) =>
      average(weighted ? graph.add(multiply, [loss, sampleWeight(graph, loss, i)], {}) : loss),
    );
    const means = emitted.flatMap(({ metrics }) => metrics.map(average));
    const penalty = penalties.total(trainable);
    const ofOutputs = weightedSum(graph, losses, targets);
    const total = penalty ? graph.add(add, [ofOutputs, penalty], {}) : ofOutputs;
    const wrt = trainable.map((w) => graph.variable(w.variable));
    const grads = gradients(graph, total, wrt, optimizer.lossScale(graph)).map((grad, i) => {
      if (grad) return grad;
      throw new WgraftError("usage", `the loss does not depend on ${trainable[i].variable.name}`);
    });
    optimizer.apply(graph, trainable, grads, hyper);
    emitConstraints(graph, this.network.leafLayers, trainable);
    const figures = [total, ...(targets.length > 1 ? losses : []), ...means];
    for (let first = 0; first < figures.length; first += maxScalars) {
      const part = figures.slice(first, first + maxScalars);
      graph.apply(
        recordScalars,
        [graph.variable(this.ring), step, ...part],
        figures.length > maxScalars ? { first } : {},
      );
    }
  }

  /** Takes activations as the device stores them to predictions in float32, whose losses and metrics are, too. */
  private predictions(context: CallContext, inputs: readonly Value[]): Value[] {
    return this.network
      .emit({ ...context, dtype: this.device.precision }, inputs)
      .map((prediction) => predictionInFloat32(context.graph, prediction));
  }
}

function named(kind: FeedKind, values: readonly Value[]): Outputs {
  return Object.fromEntries(values.map((value, i) => [nameAt(kind, i), value]));
}

/** The loss that is minimised, of those of the outputs. */
function weightedSum(graph: Graph, losses: readonly Value[], targets: readonly Target[]): Value {
  return losses
    .map((loss, i) => {
      const { weight: factor } = targets[i];
      return factor === 1 ? loss : graph.add(scale, [loss], { factor });
    })
    .reduce((sum, term) => graph.add(add, [sum, term], {}));
}

/** A weight for each sample's loss. */
function sampleWeight(graph: Graph, loss: Value, i: number): Value {
  return graph.input(nameAt("sampleWeight", i), { shape: loss.shape, dtype: "float32" });
}
