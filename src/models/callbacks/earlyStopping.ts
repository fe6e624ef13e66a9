import type { Tensor } from "../../tensor.js";
import type { Logs } from "../training/history.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** A change of at most this is no improvement. Default 0. */
  minDelta?: number;
  /** Epochs without improvement after which the fit ends. Default 0. */
  patience?: number;
  /** A value that must be beaten for an epoch to count as an improvement. Default: none. */
  baseline?: number;
  /** Put the weights of the best epoch back at the end; holds a second copy of them on the host. Default false. */
  restoreBestWeights?: boolean;
  /** Epochs before this one (from 0) are passed over. Default 0. */
  startFromEpoch?: number;
}

/** Ends a fit when a figure has stopped improving, after keras/src/callbacks/early_stopping.py. */
export class EarlyStopping extends ModelCallback {
  private readonly monitor: Monitor;
  private wait = 0;
  private best: number | undefined;
  private bestWeights: Tensor[] | undefined;
  private stopped: number | undefined;
  private bestAt: number | undefined;

  constructor(private readonly options: EarlyStoppingOptions = {}) {
    super();
    this.monitor = new Monitor("EarlyStopping", options, options.minDelta);
  }

  /** The epoch (from 0) that the last fit was ended after; undefined where it ran to its end. */
  get stoppedEpoch(): number | undefined {
    return this.stopped;
  }

  /** The epoch (from 0) with the best figure of the last fit. */
  get bestEpoch(): number | undefined {
    return this.bestAt;
  }

  onTrainBegin(): void {
    this.wait = 0;
    this.best = this.bestWeights = this.stopped = this.bestAt = undefined;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void | "stop"> {
    const { patience = 0, baseline, restoreBestWeights, startFromEpoch = 0 } = this.options;
    const current = this.monitor.valueIn(logs);
    if (current === undefined || epoch < startFromEpoch) return;
    const improved = this.monitor.isImprovement(current, this.best);
    if (improved) this.best = current;
    if (improved || this.bestAt === undefined) {
      this.bestAt = epoch;
      if (restoreBestWeights) this.bestWeights = await this.model.getWeights();
    }
    this.wait++;
    if (improved) {
      if (baseline === undefined || this.monitor.isImprovement(current, baseline)) this.wait = 0;
    } else if (this.wait >= patience && epoch > 0) {
      this.stopped = epoch;
      return "stop";
    }
  }

  async onTrainEnd(): Promise<void> {
    if (this.bestWeights) await this.model.setWeights(this.bestWeights);
    this.bestWeights = undefined;
  }
}
