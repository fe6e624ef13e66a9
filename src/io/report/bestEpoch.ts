/**
 * Which epoch of a training is the best: that of the lowest val_loss, or loss where nothing is validated. What early stopping
 * waits for, what a run saves as its best, and what every log, curve and report marks.
 */
import { VALIDATION_PREFIX, type History } from "./history.js";

/** What an epoch is judged by. */
export type Judge = "val_loss" | "loss";

/** The judge of a training whose epochs have these figures. */
export function judgeOf(figures: Readonly<Record<string, unknown>>): Judge {
  const judge = `${VALIDATION_PREFIX}loss` as const;
  return judge in figures ? judge : "loss";
}

/**
 * Follows the epochs of a training: the best so far, and for how long no better one has come. A function of the figures alone,
 * so that a resumed training finds it again in the history; counts as Keras's EarlyStopping does. A figure that is not a number
 * is never the best.
 */
export class BestEpoch {
  /** From 0; undefined before there is one. */
  epoch: number | undefined;
  /** The metric in that epoch. */
  value = NaN;
  /** Epochs since. */
  wait = 0;

  constructor(readonly metric: Judge) {}

  /** Takes the figures of the next epoch. @returns whether it is the best so far */
  see(epoch: number, figures: Readonly<Record<string, number>>): boolean {
    const value = figures[this.metric] ?? NaN;
    const isBest = this.epoch === undefined ? !Number.isNaN(value) : value < this.value;
    this.wait = isBest ? 0 : this.wait + 1;
    if (isBest) Object.assign(this, { epoch, value });
    return isBest;
  }

  /** Takes the figures of all epochs from `first` (from 0) on. */
  replay(history: History, first = 0): this {
    const figures = history[this.metric] ?? [];
    for (let epoch = first; epoch < figures.length; epoch++)
      this.see(epoch, { [this.metric]: figures[epoch] });
    return this;
  }
}

/** An epoch, counted from 0, and what it is the best by. */
export interface MarkedEpoch {
  readonly epoch: number;
  readonly metric: Judge;
}

/** The best epoch of a whole history; undefined where no epoch has a number to be judged by. */
export function bestEpoch(history: History): MarkedEpoch | undefined {
  const { epoch, metric } = new BestEpoch(judgeOf(history)).replay(history);
  return epoch === undefined ? undefined : { epoch, metric };
}

/** "best epoch: 12, lowest val_loss" */
export function describeBest({ epoch, metric }: MarkedEpoch): string {
  return `best epoch: ${epoch + 1}, lowest ${metric}`;
}
