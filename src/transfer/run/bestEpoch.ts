/** Which epoch of a training was the best so far, and for how long no better one has come. */
import type { History } from "../../io/report/history.js";
import { Monitor } from "../../models/callbacks/monitor.js";
import type { Logs } from "../../models/training/history.js";

/**
 * A function of the figures alone, so that a resumed training finds it again in the history; counts as Keras's
 * EarlyStopping does. A figure that is not a number is never the best.
 */
export class BestEpoch {
  /** From 0; undefined before there is one. */
  epoch: number | undefined;
  /** The metric in that epoch. */
  value = NaN;
  /** Epochs since. */
  wait = 0;
  private readonly monitor: Monitor;

  /** @param metric what is to fall: val_loss, or loss where nothing is validated */
  constructor(readonly metric: "val_loss" | "loss") {
    this.monitor = new Monitor("best epoch", { monitor: metric });
  }

  /** Takes the figures of the next epoch. @returns whether it is the best so far */
  see(epoch: number, logs: Logs): boolean {
    const value = this.monitor.valueIn(logs) ?? NaN;
    const reference = this.epoch === undefined ? undefined : this.value;
    const isBest = this.monitor.isImprovement(value, reference);
    this.wait = isBest ? 0 : this.wait + 1;
    if (isBest) Object.assign(this, { epoch, value });
    return isBest;
  }

  /** Takes the figures of all epochs from `first` (from 0) on. */
  replay(history: History, first: number): void {
    const figures = history[this.metric] ?? [];
    for (let epoch = first; epoch < figures.length; epoch++)
      this.see(epoch, { [this.metric]: figures[epoch] });
  }
}
