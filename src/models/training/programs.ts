/** The three programs of a model: predict, test, train; one each for a batch size and a kind of sample. */
import { WgraftError } from "../../errors.js";
import { gradients } from "../../graph/autodiff.js";
import { compile } from "../../graph/compile.js";
import { planWithin } from "../../graph/recompute/fitMemory.js";
import { Graph } from "../../graph/graph.js";
import type { Program } from "../../graph/program/program.js";
import type { Outputs, ProgramPlan } from "../../graph/plan/programPlan.js";
import { Variable } from "../../graph/variable.js";
import type { Device } from "../../kernels/gpu/device.js";
import { multiply } from "../../kernels/elementwise/binary.js";
import type { Value } from "../../kernels/op.js";
import { recordScalars } from "../../kernels/training/record.js";
import { mean } from "../../kernels/shape/reduce.js";
import type { CallContext, Layer, Weight } from "../layers/layer.js";
import { emitLoss, labelShape, type LossName } from "../losses.js";
import { emitMetric, type MetricName } from "../metrics.js";
import type { Network } from "../network.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { SampleSpec } from "./batches.js";
import { modelInput } from "./modelInput.js";
import { predictionInFloat32 } from "./precision.js";
import { ProgramCache } from "./programCache.js";

/** What `compile` fixed. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: LossName;
  /** Whether the loss takes the outputs for logits. */
  readonly fromLogits: boolean;
  readonly metrics: readonly MetricName[];
  /** The weights that training changes: those that were trainable when the model was compiled. */
  readonly trainable: readonly Weight[];
  /** Layers that were not trainable then. */
  readonly frozen: ReadonlySet<Layer>;
  readonly seed: number;
}

/** Steps whose figures the GPU keeps before they must be read. */
export const ringCapacity = 256;

/** The kinds of programs. */
export type Mode = "predict" | "test" | "train";

/** Traces and compiles programs, and keeps those used last. One that is used over some time must be held. */
export class Programs {
  private readonly cache = new ProgramCache();
  /** Row i holds the figures of step i modulo its length. */
  readonly ring: Variable;

  constructor(
    readonly device: Device,
    readonly network: Network,
    private readonly compiled: Compiled | undefined,
  ) {
    this.ring = new Variable("figures", [ringCapacity, 1 + (compiled?.metrics.length ?? 0)]);
  }

  /** Names of the figures, in the order of a ring row. */
  get figures(): readonly string[] {
    return ["loss", ...(this.compiled?.metrics ?? [])];
  }

  /** x → y, the prediction. */
  predict(batch: number, sample: SampleSpec): Promise<Program> {
    return this.cached("predict", batch, sample);
  }

  /** x, labels → the figures of each sample, and y, the prediction. */
  test(batch: number, sample: SampleSpec): Promise<Program> {
    return this.cached("test", batch, sample);
  }

  /**
   * x, labels, step, hyper, transforms of augmented samples → updated weights, and a row of figures in the ring.
   * @param weighted whether there is a sampleWeight too, which each sample's loss is multiplied by; default false
   */
  train(batch: number, sample: SampleSpec, weighted = false): Promise<Program> {
    return this.cached("train", batch, sample, weighted);
  }

  /** What a program will be, before anything of it is allocated. @throws WgraftError `out-of-memory` as `compile` */
  plan(mode: Mode, batch: number, sample: SampleSpec): ProgramPlan {
    const { graph, outputs } = this.trace(mode, batch, sample, false);
    return planWithin(graph, outputs, this.device.caps, this.device.memoryBudget);
  }

  /** Frees every program's buffers; the weights stay. */
  async destroy(): Promise<void> {
    await this.cache.clear();
    this.ring.release();
  }

  private labels(graph: Graph, batch: number): Value {
    const shape = labelShape(this.needCompiled().loss, this.network.outputShape);
    return graph.input("labels", { shape: [batch, ...shape], dtype: "float32" });
  }

  private needCompiled(): Compiled {
    if (this.compiled) return this.compiled;
    throw new WgraftError(
      "usage",
      `model ${this.network.name} is not compiled; call compile({ optimizer, loss }) first`,
    );
  }

  private cached(mode: Mode, batch: number, sample: SampleSpec, weighted = false): Promise<Program> {
    const { dtype, preprocess, scale, augment } = sample;
    const key = JSON.stringify([
      mode,
      batch,
      dtype,
      preprocess,
      scale,
      mode === "train" && augment,
      weighted,
    ]);
    return this.cache.get(key, async () => {
      const { graph, outputs } = this.trace(mode, batch, sample, weighted);
      return compile(this.device, graph, outputs);
    });
  }

  private trace(mode: Mode, batch: number, sample: SampleSpec, weighted: boolean) {
    const graph = new Graph();
    switch (mode) {
      case "predict":
        return { graph, outputs: this.tracePredict(graph, batch, sample) };
      case "test":
        return { graph, outputs: this.traceTest(graph, batch, sample) };
      case "train":
        this.traceTrain(graph, batch, sample, weighted);
        return { graph, outputs: {} };
    }
  }

  private tracePredict(graph: Graph, batch: number, sample: SampleSpec): Outputs {
    const x = modelInput(graph, this, batch, sample);
    return { y: this.prediction({ graph, training: false, seed: 0 }, x) };
  }

  private traceTest(graph: Graph, batch: number, sample: SampleSpec): Outputs {
    const { loss, fromLogits, metrics } = this.needCompiled();
    refusePenalties(this.network);
    const x = modelInput(graph, this, batch, sample);
    const labels = this.labels(graph, batch);
    const prediction = this.prediction({ graph, training: false, seed: 0 }, x);
    const figures = [
      emitLoss(graph, loss, labels, prediction, fromLogits),
      ...metrics.map((name) => emitMetric(graph, name, loss, labels, prediction)),
    ];
    return { y: prediction, ...Object.fromEntries(figures.map((value, i) => [this.figures[i], value])) };
  }

  private traceTrain(graph: Graph, batch: number, sample: SampleSpec, weighted: boolean): void {
    const { loss, fromLogits, metrics, optimizer, trainable, frozen, seed } = this.needCompiled();
    refusePenalties(this.network);
    const x = modelInput(graph, this, batch, sample, sample.augment);
    const labels = this.labels(graph, batch);
    const step = graph.input("step", { shape: [1], dtype: "uint32" });
    const hyper = graph.input("hyper", { shape: [4], dtype: "float32" });
    const prediction = this.prediction({ graph, training: true, step, seed, frozen }, x);
    const average = (value: Value) => graph.add(mean, [value], {});
    const each = emitLoss(graph, loss, labels, prediction, fromLogits);
    // Divided by the samples, not by the sum of the weights: Keras's reduction "sum_over_batch_size".
    const total = average(weighted ? graph.add(multiply, [each, sampleWeight(graph, each)], {}) : each);
    const means = metrics.map((name) => average(emitMetric(graph, name, loss, labels, prediction)));
    const wrt = trainable.map((w) => graph.variable(w.variable));
    const grads = gradients(graph, total, wrt, optimizer.lossScale(graph)).map((grad, i) => {
      if (grad) return grad;
      throw new WgraftError("usage", `the loss does not depend on ${trainable[i].variable.name}`);
    });
    optimizer.apply(graph, trainable, grads, hyper);
    graph.apply(recordScalars, [graph.variable(this.ring), step, total, ...means], {});
  }

  /** Takes activations as the device stores them to a prediction in float32, whose loss and metrics are, too. */
  private prediction(context: CallContext, x: Value): Value {
    return predictionInFloat32(context.graph, this.network.call(context, x));
  }
}

/** @throws WgraftError `not-supported` where a layer adds to the loss, which is not computed */
function refusePenalties(network: Network): void {
  const layer = network.leafLayers.find((l) => l.weightPenalties.length > 0 || l.activityPenalty);
  if (!layer) return;
  throw new WgraftError(
    "not-supported",
    `layer ${layer.name} (${layer.className}) has a regularizer, which the loss does not contain yet; the model predicts, ` +
      `but is neither trained nor evaluated`,
  );
}

/** A weight for each sample's loss. */
function sampleWeight(graph: Graph, loss: Value): Value {
  return graph.input("sampleWeight", { shape: loss.shape, dtype: "float32" });
}
