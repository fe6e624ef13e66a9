import { flag, integer, number } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { nullable, optional, optionsOf, type Arguments } from "../../options/fields.js";
import type { Tensor } from "../../tensor.js";
import type { Logs } from "../training/history.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, monitorFields, type MonitorOptions } from "./monitor.js";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** A change of at most this is no improvement. Default 0. */
  minDelta?: number;
  /** Epochs without improvement after which the fit ends. Default 0. */
  patience?: number;
  /** A value that must be beaten for an epoch to count as an improvement. Default: none. */
  baseline?: number | null;
  /** Put the weights of the best epoch back at the end; keeps a second copy of them on the host. Default false. */
  restoreBestWeights?: boolean;
  /** Epochs before this one (from 0) are passed over. Default 0. */
  startFromEpoch?: number;
}

const table = optionsOf<EarlyStoppingOptions>("EarlyStopping").fields({
  ...monitorFields,
  minDelta: optional(number(), 0),
  patience: optional(integer({ min: 0 }), 0),
  baseline: nullable(optional(number())),
  restoreBestWeights: optional(flag, false),
  startFromEpoch: optional(integer({ min: 0 }), 0),
});

/**
 * Ends a fit when a figure has stopped improving, after keras/src/callbacks/early_stopping.py.
 * @example
 * const stopping = new EarlyStopping({ patience: 5, restoreBestWeights: true });
 * await model.fit(x, y, { epochs: 3, validationSplit: 0.25, callbacks: [stopping] });
 */
export class EarlyStopping extends ModelCallback {
  private readonly options: Arguments<typeof table>;
  private readonly monitor: Monitor;
  private wait = 0;
  private best: number | undefined;
  private bestWeights: Tensor[] | undefined;
  private stopped: number | undefined;
  private bestAt: number | undefined;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(options?: EarlyStoppingOptions) {
    super();
    this.options = checkOptions(table, options);
    this.monitor = new Monitor("EarlyStopping", this.options, this.options.minDelta);
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
    const { patience, baseline, restoreBestWeights, startFromEpoch } = this.options;
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
