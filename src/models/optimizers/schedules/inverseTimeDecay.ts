import { Decay, decayTable } from "./decay.js";

/**
 * initial / (1 + decayRate · step / decaySteps)
 * @example
 * const rate = new InverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 100, decayRate: 1 });
 * console.log(rate.at(0), rate.at(100)); // 0.1 0.05
 */
export class InverseTimeDecay extends Decay {
  static override readonly table = decayTable("InverseTimeDecay");

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.args;
    return initialLearningRate / (1 + decayRate * this.decays(step));
  }
}
