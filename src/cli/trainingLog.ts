/** What a training tells while it runs, and the figures of its epochs. */
import { epochCount, type History } from "../io/report/history.js";
import type { Callback, Logs } from "../models/training/history.js";
import { formatSeconds, startProgress, type Progress } from "./progress.js";
import type { CommandContext } from "./run.js";

export class TrainingLog {
  /** Of all epochs, those before a resumption included. */
  readonly history: History;
  private readonly before: number;
  private progress: Progress | undefined;

  /** @param earlier the history of the training that is gone on with */
  constructor(
    private readonly context: CommandContext,
    private readonly epochs: number,
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

  callback(stepsPerEpoch: number): Callback {
    const { epochs } = this;
    let start = 0;
    return {
      onEpochBegin: (epoch) => {
        start = performance.now();
        const label = `Epoch ${epoch + 1}/${epochs}`;
        this.progress = startProgress({ label, total: stepsPerEpoch, unit: "steps", transient: true });
      },
      onBatchEnd: (batch) => this.progress?.update(batch + 1),
      onEpochEnd: (epoch, logs) => {
        this.stop();
        const seconds = (performance.now() - start) / 1000;
        this.context.out.result(
          `Epoch ${epoch + 1}/${epochs} - ${formatSeconds(seconds)} - ${formatLogs(logs)}`,
        );
        for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
      },
    };
  }

  /** Takes the progress off the screen. */
  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }
}

function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => `${name}: ${formatFigure(value)}`)
    .join(" - ");
}

/** As Keras prints figures: "0.6931", "5.0000e-05". */
export function formatFigure(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4);
}
