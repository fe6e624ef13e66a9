/** What `fit` prints with `verbose`, as Keras words it. */
import type { Callback, Logs } from "./history.js";

/** 0: nothing; 1: a progress line; 2: one line per epoch. */
export type Verbosity = 0 | 1 | 2;

/** Milliseconds between two states of a progress line. */
const redrawEvery = 100;

/** What is printed to: `process.stderr`. */
export interface PrintTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Prints each epoch's figures; with verbosity 1 and on a terminal also how far the epoch is. */
export class FitPrinter implements Callback {
  private begun = 0;
  private drawn = 0;
  private steps = 0;

  /** @param total steps of an epoch; undefined where they are not known beforehand */
  constructor(
    private readonly verbosity: Exclude<Verbosity, 0>,
    private readonly epochs: number,
    private readonly total: number | undefined,
    private readonly target: PrintTarget = process.stderr,
  ) {}

  onEpochBegin(epoch: number): void {
    this.begun = this.drawn = performance.now();
    this.steps = 0;
    this.target.write(`Epoch ${epoch + 1}/${this.epochs}\n`);
  }

  onBatchEnd(batch: number, logs: Logs): void {
    this.steps = batch + 1;
    if (!this.redraws || performance.now() - this.drawn < redrawEvery) return;
    this.drawn = performance.now();
    this.target.write(`\r${this.line(logs)}\x1b[K`);
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    this.target.write(`${this.redraws ? "\r" : ""}${this.line(logs)}${this.redraws ? "\x1b[K" : ""}\n`);
  }

  private get redraws(): boolean {
    return this.verbosity === 1 && this.target.isTTY === true;
  }

  /** "12/40 - 3s - 250ms/step - loss: 0.6931 - acc: 0.5000" */
  private line(logs: Logs): string {
    const milliseconds = performance.now() - this.begun;
    const count = this.total === undefined ? `${this.steps}` : `${this.steps}/${this.total}`;
    const time = `${Math.round(milliseconds / 1000)}s`;
    const pace = `${Math.round(milliseconds / Math.max(1, this.steps))}ms/step`;
    const figures = Object.entries(logs).map(([name, value]) => `${name}: ${formatFigure(value)}`);
    return [count, time, pace, ...figures].join(" - ");
  }
}

/** Four places, or an exponent where those would say little. */
function formatFigure(value: number): string {
  return Math.abs(value) > 1e-3 || value === 0 || !Number.isFinite(value)
    ? value.toFixed(4)
    : value.toExponential(4);
}
