import { Decay, decayTable } from "./decay.js";

/**
 * initial · decayRate^(step / decaySteps)
 * @example
 * const rate = new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.5 });
 * console.log(rate.at(0), rate.at(100), rate.at(200)); // 0.1 0.05 0.025
 */
export class ExponentialDecay extends Decay {
  static override readonly table = decayTable("ExponentialDecay");

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.args;
    return initialLearningRate * decayRate ** this.decays(step);
  }
}
