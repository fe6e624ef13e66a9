/** What every optimizer is, but for loss scaling: slots beside the weights and one fused update dispatch per weight. */
import { WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { Variable } from "../../graph/variable.js";
import { clipByNorm, clipByValue } from "../../kernels/training/clip.js";
import type { Value } from "../../kernels/op.js";
import { unscale } from "../../kernels/training/unscale.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import type { Weight } from "../layers/layer.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import type { LearningRateSchedule } from "./schedules.js";

export interface OptimizerOptions {
  /** A number, or a schedule that tells it for each step. Default per optimizer, Keras's. */
  learningRate?: number | LearningRateSchedule;
  /** Cuts each weight's gradient to this l2 norm. Default: none. */
  clipnorm?: number;
  /** Cuts each value of a gradient to ±this. Default: none. */
  clipvalue?: number;
}

export abstract class SlotOptimizer implements Optimizer {
  abstract readonly className: string;
  iterations = 0;
  private rate: number | LearningRateSchedule;
  private readonly slots = new Map<Variable, Variable[]>();

  constructor(
    protected readonly options: OptimizerOptions,
    defaultLearningRate: number,
  ) {
    const rate = options.learningRate ?? defaultLearningRate;
    this.rate = typeof rate === "number" ? checkedRate(rate) : rate;
  }

  get learningRate(): number {
    return typeof this.rate === "number" ? this.rate : checkedRate(this.rate.at(this.iterations));
  }

  /** @throws WgraftError `usage` where the rate follows a schedule */
  set learningRate(rate: number) {
    if (typeof this.rate !== "number") {
      throw new WgraftError(
        "usage",
        `${this.className}: the learning rate follows ${this.rate.className} and cannot be set; make the optimizer with a number`,
      );
    }
    this.rate = checkedRate(rate);
  }

  /** Names of the state kept beside each weight: "velocity"… */
  protected abstract slotNames(): readonly string[];

  /** Emits the update of one weight. `scaling` joins the attributes of the update. */
  protected abstract emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void;

  abstract getConfig(): Record<string, unknown>;

  /** The rate that the kernels see at a step (counted from 1): Adam corrects its bias here. */
  protected effectiveRate(_step: number): number {
    return this.learningRate;
  }

  hyper(): Float32Array {
    return Float32Array.of(this.effectiveRate(this.iterations + 1), 0, 0, 0);
  }

  lossScale(_graph: Graph): Value | undefined {
    return undefined;
  }

  /** @param scaling for a wrapper that has scaled the loss, and prepared `hyper` accordingly. Default: nobody has */
  apply(
    graph: Graph,
    weights: readonly Weight[],
    gradients: readonly Value[],
    hyper: Value,
    scaling: UpdateAttrs = {},
  ): void {
    weights.forEach(({ variable }, i) => {
      const slots = this.slotsOf(variable).map((v) => graph.variable(v));
      const { gradient, ...left } = this.clipped(graph, gradients[i], hyper, scaling);
      this.emit(graph, [graph.variable(variable), gradient, hyper, ...slots], left);
    });
  }

  state(variable: Variable): OptimizerState[] {
    return this.slotsOf(variable).map((slot, i) => ({ name: this.slotNames()[i], variable: slot }));
  }

  ownState(): OptimizerState[] {
    return [];
  }

  private slotsOf(variable: Variable): Variable[] {
    let slots = this.slots.get(variable);
    if (!slots) {
      slots = this.slotNames().map((name) => new Variable(`${variable.name}/${name}`, variable.shape));
      this.slots.set(variable, slots);
    }
    return slots;
  }

  /** The gradient as the update gets it, with what is left of the scaling. Clipping is of the unscaled gradient, as in Keras. */
  private clipped(graph: Graph, scaled: Value, hyper: Value, scaling: UpdateAttrs) {
    const { clipnorm, clipvalue } = this.options;
    if (!clipnorm && !clipvalue) return { gradient: scaled, ...scaling };
    const { scaledGradient, ...left } = scaling;
    const gradient = scaledGradient ? graph.add(unscale, [scaled, hyper], {}) : scaled;
    const clipped = clipnorm
      ? graph.add(clipByNorm, [gradient], { norm: clipnorm })
      : graph.add(clipByValue, [gradient], { value: clipvalue! });
    return { gradient: clipped, ...left };
  }

  protected baseConfig(): Record<string, unknown> {
    const { clipnorm, clipvalue } = this.options;
    return {
      name: this.className,
      learning_rate: typeof this.rate === "number" ? this.rate : this.rate.toJSON(),
      clipnorm: clipnorm ?? null,
      clipvalue: clipvalue ?? null,
    };
  }
}

function checkedRate(rate: number): number {
  if (rate >= 0) return rate;
  throw new WgraftError("usage", `expected a learning rate ≥ 0, got ${rate}`);
}
