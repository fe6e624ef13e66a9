import { Decay, decayTable } from "./decay.js";

/** initial / (1 + decayRate · step / decaySteps) */
export class InverseTimeDecay extends Decay {
  static override readonly table = decayTable("InverseTimeDecay");

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.args;
    return initialLearningRate / (1 + decayRate * this.decays(step));
  }
}
