/** The epochs of a training: their figures, and where they are reported. */
import { epochCount, type History } from "../../io/report/history.js";
import type { Callback } from "../../models/training/history.js";
import type { TrainingOptions } from "./options.js";

export class TrainingLog {
  /** Of all epochs, those before a resumption included. */
  readonly history: History;
  private readonly before: number;

  /** @param earlier the history of the resumed training */
  constructor(
    private readonly epochs: number,
    private readonly listeners: Pick<TrainingOptions, "onProgress" | "onEpoch">,
    earlier: Readonly<Record<string, readonly (number | null)[]>> = {},
  ) {
    // JSON has no NaN: a null stands for one.
    this.history = Object.fromEntries(
      Object.entries(earlier).map(([name, values]) => [name, values.map((value) => value ?? NaN)]),
    );
    this.before = epochCount(this.history);
  }

  get finishedEpochs(): number {
    return epochCount(this.history);
  }

  /** Whether an epoch was finished since the training began or was resumed. */
  get hasNews(): boolean {
    return this.finishedEpochs > this.before;
  }

  callback(steps: number): Callback {
    const { epochs, listeners } = this;
    let [start, epoch] = [0, 0];
    return {
      onEpochBegin: (index) => {
        [start, epoch] = [performance.now(), index + 1];
        listeners.onProgress?.({ epoch, epochs, step: 0, steps });
      },
      onBatchEnd: (batch) => listeners.onProgress?.({ epoch, epochs, step: batch + 1, steps }),
      onEpochEnd: (_, logs) => {
        const seconds = (performance.now() - start) / 1000;
        listeners.onEpoch?.({ epoch, epochs, seconds, logs: { ...logs } });
        for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
      },
    };
  }
}
