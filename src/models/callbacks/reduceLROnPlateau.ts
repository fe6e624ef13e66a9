import { integer, number } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, monitorFields, type MonitorOptions } from "./monitor.js";

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by; 0 < factor < 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement after which the rate is reduced. Default 10. */
  patience?: number;
  /** A change of at most this is no improvement. Default 1e-4. */
  minDelta?: number;
  /** Epochs after a reduction that are not counted. Default 0. */
  cooldown?: number;
  /** The learning rate is not reduced below this. Default 0. */
  minLearningRate?: number;
}

const table = optionsOf<ReduceLROnPlateauOptions>("ReduceLROnPlateau").fields({
  ...monitorFields,
  factor: optional(number({ above: 0, below: 1 }), 0.1),
  patience: optional(integer({ min: 0 }), 10),
  minDelta: optional(number(), 1e-4),
  cooldown: optional(integer({ min: 0 }), 0),
  minLearningRate: optional(number({ min: 0 }), 0),
});

/**
 * Reduces the learning rate when a figure has stopped improving, after keras/src/callbacks/reduce_lr_on_plateau.py. The
 * rate of each epoch joins the history as `learning_rate`.
 * @example
 * const reducing = new ReduceLROnPlateau({ factor: 0.5, patience: 3 });
 * await model.fit(x, y, { epochs: 3, validationSplit: 0.25, callbacks: [reducing] });
 */
export class ReduceLROnPlateau extends ModelCallback {
  private readonly options: Arguments<typeof table>;
  private readonly monitor: Monitor;
  private best: number | undefined;
  private wait = 0;
  private cooling = 0;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(options?: ReduceLROnPlateauOptions) {
    super();
    this.options = checkOptions(table, options);
    this.monitor = new Monitor("ReduceLROnPlateau", this.options, this.options.minDelta);
  }

  onTrainBegin(): void {
    this.best = undefined;
    this.wait = this.cooling = 0;
  }

  onEpochEnd(_epoch: number, logs: Record<string, number>): void {
    logs.learning_rate = this.optimizer.learningRate;
    const current = this.monitor.valueIn(logs);
    if (current === undefined) return;
    if (this.cooling > 0) {
      this.cooling--;
      this.wait = 0;
    }
    if (this.monitor.isImprovement(current, this.best)) {
      this.best = current;
      this.wait = 0;
    } else if (this.cooling === 0 && ++this.wait >= this.options.patience) {
      this.reduce();
    }
  }

  private reduce(): void {
    const { factor, cooldown, minLearningRate } = this.options;
    const { optimizer } = this;
    if (optimizer.learningRate <= minLearningRate) return;
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLearningRate);
    this.cooling = cooldown;
    this.wait = 0;
  }
}
