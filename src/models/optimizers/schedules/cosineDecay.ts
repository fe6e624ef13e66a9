import { number } from "../../../options/checks.js";
import { nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { LearningRateSchedule, rate, scheduleOptions, stepCount } from "./schedule.js";

export interface CosineDecayOptions {
  initialLearningRate: number;
  /** Steps of the decay, without those of the warmup; > 0. */
  decaySteps: number;
  /** The last rate as a share of the highest. Default 0. */
  alpha?: number;
  /** Where a straight line from the initial rate leads before the decay. Default: no warmup. */
  warmupTarget?: number | null;
  /** Default 0. */
  warmupSteps?: number;
}

const table = scheduleOptions<CosineDecayOptions>("CosineDecay").fields({
  initialLearningRate: required(rate),
  decaySteps: required(stepCount),
  alpha: optional(number(), 0),
  warmupTarget: nullable(optional(rate)),
  warmupSteps: optional(number({ min: 0 }), 0),
});

/**
 * A straight line from the initial rate to the warmup's target, then half a cosine down to alpha of that.
 * @example
 * const rate = new CosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 });
 * console.log(rate.at(0), rate.at(1000)); // 0.1 0
 * model.compile({ optimizer: new SGD({ learningRate: rate }), loss: "binary_crossentropy" });
 */
export class CosineDecay extends LearningRateSchedule<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: CosineDecayOptions) {
    super(options);
  }

  override at(step: number): number {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this.args;
    const from = warmupTarget ?? initialLearningRate;
    const warmup = warmupTarget === undefined ? 0 : warmupSteps;
    if (step < warmup) return initialLearningRate + ((from - initialLearningRate) * step) / warmup;
    const done = Math.min(step - warmup, decaySteps) / decaySteps;
    return from * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * done)) + alpha);
  }
}
