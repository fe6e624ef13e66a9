import { listOf, number } from "../../../options/checks.js";
import { optionError } from "../../../options/checkOptions.js";
import { required, type Arguments } from "../../../options/fields.js";
import { LearningRateSchedule, rate, scheduleOptions } from "./schedule.js";

export interface PiecewiseConstantDecayOptions {
  /** Last steps of all intervals but the last, ascending. */
  boundaries: readonly number[];
  /** The rate in each interval: one more than boundaries. */
  values: readonly number[];
}

const table = scheduleOptions<PiecewiseConstantDecayOptions>(
  "PiecewiseConstantDecay",
  "PiecewiseConstant",
).fields({
  boundaries: required(listOf(number(), "a list of numbers")),
  values: required(listOf(rate, "a list of learning rates ≥ 0")),
});

/**
 * `values[0]` up to and including step `boundaries[0]`, then `values[1]`, …
 * @example
 * const rate = new PiecewiseConstantDecay({ boundaries: [100, 200], values: [0.1, 0.01, 0.001] });
 * console.log(rate.at(100), rate.at(101), rate.at(300)); // 0.1 0.01 0.001
 */
export class PiecewiseConstantDecay extends LearningRateSchedule<Arguments<typeof table>> {
  static override readonly table = table;

  /** @throws WgraftError `usage` unless there is one value more than boundaries, and those ascend */
  constructor(options: PiecewiseConstantDecayOptions) {
    super(options);
    const { boundaries, values } = this.args;
    if (values.length !== boundaries.length + 1)
      throw optionError(table.owner, "values", `${boundaries.length + 1} learning rates`, values);
    if (boundaries.some((b, i) => i > 0 && !(b > boundaries[i - 1])))
      throw optionError(table.owner, "boundaries", "ascending numbers", boundaries);
  }

  override at(step: number): number {
    const { boundaries, values } = this.args;
    return values[boundaries.filter((b) => step > b).length];
  }
}
