import { callback } from "../../options/checks.js";
import { checkArgument } from "../../options/checkOptions.js";
import { ModelCallback } from "./modelCallback.js";

/**
 * Sets the learning rate at the beginning of each epoch, after keras/src/callbacks/learning_rate_scheduler.py. The rate
 * joins the history as `learning_rate`.
 * @example
 * const halving = new LearningRateScheduler((epoch, rate) => (epoch > 0 ? rate / 2 : rate));
 * await model.fit(x, y, { epochs: 3, callbacks: [halving] });
 */
export class LearningRateScheduler extends ModelCallback {
  /** @param schedule the epoch (from 0) and the present rate → the rate of the epoch, ≥ 0 */
  constructor(private readonly schedule: (epoch: number, learningRate: number) => number) {
    super();
    checkArgument("LearningRateScheduler", "schedule", callback, schedule);
  }

  onEpochBegin(epoch: number): void {
    this.optimizer.learningRate = this.schedule(epoch, this.optimizer.learningRate);
  }

  onEpochEnd(_epoch: number, logs: Record<string, number>): void {
    logs.learning_rate = this.optimizer.learningRate;
  }
}
