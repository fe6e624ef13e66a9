import { flag, number } from "../../../options/checks.js";
import { optional, required, type Arguments } from "../../../options/fields.js";
import { LearningRateSchedule, rate, scheduleOptions, stepCount } from "./schedule.js";

export interface PolynomialDecayOptions {
  initialLearningRate: number;
  /** Steps until the end rate is reached; > 0. */
  decaySteps: number;
  /** Default 1e-4. */
  endLearningRate?: number;
  /** Default 1: a straight line. */
  power?: number;
  /** Start over when the end is reached, with the next multiple of `decaySteps`. Default false: stay there. */
  cycle?: boolean;
}

const table = scheduleOptions<PolynomialDecayOptions>("PolynomialDecay").fields({
  initialLearningRate: required(rate),
  decaySteps: required(stepCount),
  endLearningRate: optional(rate, 1e-4),
  power: optional(number(), 1),
  cycle: optional(flag, false),
});

/**
 * (initial − end) · (1 − step / decaySteps)^power + end
 * @example
 * const rate = new PolynomialDecay({ initialLearningRate: 0.1, decaySteps: 100, endLearningRate: 0 });
 * console.log(rate.at(0), rate.at(50), rate.at(100)); // 0.1 0.05 0
 */
export class PolynomialDecay extends LearningRateSchedule<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: PolynomialDecayOptions) {
    super(options);
  }

  override at(step: number): number {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle } = this.args;
    const end = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
    const left = 1 - Math.min(step, end) / end;
    return (initialLearningRate - endLearningRate) * left ** power + endLearningRate;
  }
}
