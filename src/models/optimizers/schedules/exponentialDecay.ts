import { Decay, decayTable } from "./decay.js";

/** initial · decayRate^(step / decaySteps) */
export class ExponentialDecay extends Decay {
  static override readonly table = decayTable("ExponentialDecay");

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.args;
    return initialLearningRate * decayRate ** this.decays(step);
  }
}
