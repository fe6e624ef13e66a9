/** Slots next to the weights and one fused update dispatch per weight. */
import { WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { Variable } from "../../graph/variable.js";
import { clipByNorm, clipByValue } from "../../kernels/training/clip.js";
import type { Value } from "../../kernels/op.js";
import { hyperValues } from "../../kernels/training/hyper.js";
import { unscale } from "../../kernels/training/unscale.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { checkOptions, optionError } from "../../options/checkOptions.js";
import type { FieldTable } from "../../options/fields.js";
import { toConfig } from "../../options/kerasConfig.js";
import type { Weight } from "../layers/layer.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import { numericRate, type OptimizerArguments } from "./optimizerOptions.js";

/** What every optimizer is, but for loss scaling. @typeParam A the options after their checks */
export abstract class SlotOptimizer<A extends OptimizerArguments = OptimizerArguments> implements Optimizer {
  /** The options of a class of optimizers, with Keras's class name. */
  static readonly table: FieldTable<unknown>;

  iterations = 0;
  protected readonly args: A;
  private readonly slots = new Map<Variable, Variable[]>();

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(options?: object) {
    this.args = checkOptions(this.table, options) as A;
  }

  private get table(): FieldTable<unknown> {
    return (this.constructor as typeof SlotOptimizer).table;
  }

  get className(): string {
    return this.table.owner;
  }

  get learningRate(): number {
    const { learningRate } = this.args;
    return typeof learningRate === "number"
      ? learningRate
      : this.checkedRate(learningRate.at(this.iterations));
  }

  /** @throws WgraftError `usage` where the rate follows a schedule */
  set learningRate(rate: number) {
    const { learningRate } = this.args;
    if (typeof learningRate !== "number") {
      throw new WgraftError(
        "usage",
        `${this.className}: the learning rate follows ${learningRate.className} and cannot be set; make the optimizer with a number`,
      );
    }
    this.args.learningRate = this.checkedRate(rate);
  }

  /** Names of the state kept for each weight: "velocity"… */
  protected abstract slotNames(): readonly string[];

  /** Emits the update of one weight. `scaling` joins the attributes of the update. */
  protected abstract emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void;

  getConfig(): Record<string, unknown> {
    return toConfig(this.table, this.args);
  }

  /** The rate that the kernels see at a step (counted from 1): Adam corrects its bias here. */
  protected effectiveRate(_step: number): number {
    return this.learningRate;
  }

  hyper(): Float32Array {
    return hyperValues({ learningRate: this.effectiveRate(this.iterations + 1) });
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
    const { clipnorm, clipvalue } = this.args;
    if (!clipnorm && !clipvalue) return { gradient: scaled, ...scaling };
    const { scaledGradient, ...left } = scaling;
    const gradient = scaledGradient ? graph.add(unscale, [scaled, hyper], {}) : scaled;
    const clipped = clipnorm
      ? graph.add(clipByNorm, [gradient], { norm: clipnorm })
      : graph.add(clipByValue, [gradient], { value: clipvalue! });
    return { gradient: clipped, ...left };
  }

  private checkedRate(rate: number): number {
    if (numericRate.read(rate) !== undefined) return rate;
    throw optionError(this.className, "learningRate", numericRate.expected, rate);
  }
}
