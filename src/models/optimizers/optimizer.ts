/** What every optimizer is: slots beside the weights and one fused update dispatch per weight. */
import { WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { Variable } from "../../graph/variable.js";
import { clipByNorm, clipByValue } from "../../kernels/clip.js";
import type { Value } from "../../kernels/op.js";
import type { Weight } from "../layers/layer.js";
import type { LearningRateSchedule } from "./schedules.js";

export interface OptimizerOptions {
  /** A number, or a schedule that tells it for each step. Default per optimizer, Keras's. */
  learningRate?: number | LearningRateSchedule;
  /** Cuts each weight's gradient to this l2 norm. Default: none. */
  clipnorm?: number;
  /** Cuts each value of a gradient to ±this. Default: none. */
  clipvalue?: number;
}

export abstract class Optimizer {
  /** Keras's class name. */
  abstract readonly className: string;
  /** Steps taken so far. */
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

  /** The rate of the step about to be taken. */
  get learningRate(): number {
    return typeof this.rate === "number" ? this.rate : checkedRate(this.rate.at(this.iterations));
  }

  /** Takes effect at the next step. @throws WgraftError `usage` where the rate follows a schedule */
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

  /** Emits the update of one weight. */
  protected abstract emit(graph: Graph, inputs: readonly Value[]): void;

  /** The optimizer's arguments under Keras's names. */
  abstract getConfig(): Record<string, unknown>;

  /** The rate that the kernels see at a step (counted from 1): Adam corrects its bias here. */
  protected effectiveRate(_step: number): number {
    return this.learningRate;
  }

  /** What the kernels read at the step about to be taken; element 0 is the rate. */
  hyper(): Float32Array {
    return Float32Array.of(this.effectiveRate(this.iterations + 1), 0, 0, 0);
  }

  /** Emits the update of `weight` by `grad`. */
  update(graph: Graph, weight: Weight, grad: Value, hyper: Value): void {
    const slots = this.slotsOf(weight.variable).map((v) => graph.variable(v));
    this.emit(graph, [graph.variable(weight.variable), this.clipped(graph, grad), hyper, ...slots]);
  }

  /** The state beside a variable, by slot name: for checkpoints. */
  state(variable: Variable): { name: string; variable: Variable }[] {
    return this.slotsOf(variable).map((slot, i) => ({ name: this.slotNames()[i], variable: slot }));
  }

  private slotsOf(variable: Variable): Variable[] {
    let slots = this.slots.get(variable);
    if (!slots) {
      slots = this.slotNames().map((name) => new Variable(`${variable.name}/${name}`, variable.shape));
      this.slots.set(variable, slots);
    }
    return slots;
  }

  private clipped(graph: Graph, grad: Value): Value {
    const { clipnorm, clipvalue } = this.options;
    if (clipnorm) return graph.add(clipByNorm, [grad], { norm: clipnorm });
    if (clipvalue) return graph.add(clipByValue, [grad], { value: clipvalue });
    return grad;
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
