/** What happened, epoch by epoch, and the callbacks that are notified. */
import type { Tensor } from "../../tensor.js";
import type { Optimizer } from "../optimizers/optimizer.js";

/** Figures of one epoch under Keras's names: loss, acc, val_loss, val_acc. */
export type Logs = Readonly<Record<string, number>>;

/** What callbacks see of the model that is trained. */
export interface TrainedModel {
  /** Set while a fit runs. */
  readonly compilation: { readonly optimizer: Pick<Optimizer, "learningRate" | "iterations"> } | undefined;
  getWeights(): Promise<Tensor[]>;
  setWeights(values: readonly Tensor[]): Promise<void>;
  save(path: string): Promise<void>;
}

/** Sees a fit from inside. Every method may be async; the fit waits for it. */
export interface Callback {
  /** Called by `model.fit` before the other methods. */
  setModel?(model: TrainedModel): void;
  onTrainBegin?(): void | Promise<void>;
  onEpochBegin?(epoch: number): void | Promise<void>;
  /**
   * After a step was submitted. `logs` are running means of the epoch, some steps old; empty at first.
   * `waited` are the milliseconds that the fit waited for the samples of the step.
   * May return "stop": the epoch ends here, is validated, and is the last.
   */
  onBatchEnd?(batch: number, logs: Logs, waited: number): void | "stop" | Promise<void | "stop">;
  /**
   * The figures of one step, of that batch alone: once for each, in order, but some steps after it was submitted. An error
   * that it throws ends the fit.
   */
  onStepFigures?(batch: number, figures: Logs): void;
  /**
   * May return "stop": the fit ends after this epoch. Figures that are added to `logs` (the learning rate) are seen by
   * the callbacks after this one and join the history.
   */
  onEpochEnd?(epoch: number, logs: Record<string, number>): void | "stop" | Promise<void | "stop">;
  onTrainEnd?(): void | Promise<void>;
}

/**
 * The figures of every epoch, by Keras's keys.
 * @example
 * const { epoch, history } = await model.fit(x, y, { epochs: 2 });
 * console.log(epoch, history.loss.length); // [ 0, 1 ] 2
 */
export class History {
  /** Numbers of the epochs, from 0. */
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  add(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [key, value] of Object.entries(logs)) (this.history[key] ??= []).push(value);
  }
}

/** Means of several figures, weighted by samples. */
export class RunningMean {
  private readonly sums: number[];
  private weight = 0;

  constructor(private readonly names: readonly string[]) {
    this.sums = names.map(() => 0);
  }

  add(values: ArrayLike<number>, weight: number): void {
    this.names.forEach((_, i) => {
      this.sums[i] += values[i] * weight;
    });
    this.weight += weight;
  }

  logs(): Logs {
    if (this.weight === 0) return {};
    return Object.fromEntries(this.names.map((name, i) => [name, this.sums[i] / this.weight]));
  }
}
