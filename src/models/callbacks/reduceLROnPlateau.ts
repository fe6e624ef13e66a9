import { WgraftError } from "../../errors.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

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

/**
 * Reduces the learning rate when a figure has stopped improving, after keras/src/callbacks/reduce_lr_on_plateau.py. The
 * rate of each epoch joins the history as `learning_rate`.
 */
export class ReduceLROnPlateau extends ModelCallback {
  private readonly monitor: Monitor;
  private best: number | undefined;
  private wait = 0;
  private cooling = 0;

  /** @throws WgraftError `usage` for a factor that would not reduce the rate */
  constructor(private readonly options: ReduceLROnPlateauOptions = {}) {
    super();
    const { factor = 0.1, minDelta = 1e-4 } = options;
    if (!(factor > 0 && factor < 1)) {
      throw new WgraftError("usage", `ReduceLROnPlateau: expected 0 < factor < 1, got ${factor}`);
    }
    this.monitor = new Monitor("ReduceLROnPlateau", options, minDelta);
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
    } else if (this.cooling === 0 && ++this.wait >= (this.options.patience ?? 10)) {
      this.reduce();
    }
  }

  private reduce(): void {
    const { factor = 0.1, cooldown = 0, minLearningRate = 0 } = this.options;
    const { optimizer } = this;
    if (optimizer.learningRate <= minLearningRate) return;
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLearningRate);
    this.cooling = cooldown;
    this.wait = 0;
  }
}
