/** The epochs of a training: their figures, and where they are reported. */
import { BestEpoch, judgeOf } from "../../io/report/bestEpoch.js";
import { epochCount, type History } from "../../io/report/history.js";
import type { Callback, Logs } from "../../models/training/history.js";
import type { TrainingOptions } from "./options.js";
import { Pace } from "./pace.js";

export interface EpochSize {
  readonly steps: number;
  readonly samples: number;
  readonly batchSize: number;
}

export class TrainingLog {
  /** Of all epochs, those before a resumption included. */
  readonly history: History;
  /** Of all epochs; NaN where an earlier version did not record them. */
  readonly epochSeconds: number[];
  private readonly before: number;

  /** @param earlier the history of the resumed training, and its seconds */
  constructor(
    private readonly epochs: number,
    private readonly listeners: Pick<TrainingOptions, "onProgress" | "onEpoch">,
    earlier: Readonly<Record<string, readonly (number | null)[]>> = {},
    earlierSeconds: readonly (number | null)[] = [],
  ) {
    // JSON has no NaN: a null stands for one.
    this.history = Object.fromEntries(
      Object.entries(earlier).map(([name, values]) => [name, values.map((value) => value ?? NaN)]),
    );
    this.before = epochCount(this.history);
    this.epochSeconds = Array.from({ length: this.before }, (_, i) => earlierSeconds[i] ?? NaN);
  }

  get finishedEpochs(): number {
    return epochCount(this.history);
  }

  /** Whether an epoch was finished since the training began or was resumed. */
  get hasNews(): boolean {
    return this.finishedEpochs > this.before;
  }

  /** @param samples of an epoch, in so many steps of `batchSize` */
  callback({ steps, samples, batchSize }: EpochSize): Callback {
    const { epochs, listeners } = this;
    const pace = new Pace();
    let epoch = 0;
    let best: BestEpoch | undefined;
    const show = (step: number, logs: Logs) => {
      if (!listeners.onProgress) return;
      const done = Math.min(samples, step * batchSize);
      const times = pace.times(step, steps, done, epochs - epoch);
      listeners.onProgress({ epoch, epochs, step, steps, samples: done, ...times, logs });
    };
    return {
      onEpochBegin: (index) => {
        epoch = index + 1;
        pace.beginEpoch();
        show(0, {});
      },
      onBatchEnd: (batch, logs, waited) => {
        pace.stepped(waited);
        show(batch + 1, logs);
      },
      onEpochEnd: (index, logs) => {
        const seconds = pace.endEpoch();
        this.epochSeconds.push(seconds);
        best ??= new BestEpoch(judgeOf(logs)).replay(this.history);
        const isBest = best.see(index, logs);
        for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
        if (!listeners.onEpoch) return;
        const history = structuredClone(this.history);
        listeners.onEpoch({ epoch, epochs, seconds, logs: { ...logs }, isBest, history });
      },
    };
  }
}
