/** What a training tells while it runs, and what it keeps in case it is stopped. */
import { epochCount, type History } from "../io/report/history.js";
import type { Device } from "../kernels/device.js";
import type { Model } from "../models/model.js";
import type { Callback, Logs } from "../models/training/history.js";
import { Snapshot, trainingVariables, type CheckpointState } from "./checkpoint.js";
import { architectureOf } from "./head.js";
import { formatSeconds, startProgress, type Progress } from "./progress.js";
import type { CommandContext } from "./run.js";
import { checkpointPath, type RunConfig } from "./runFolder.js";

/** Milliseconds between two checkpoints: a run loses at most that much to a crash, and little time to writing. */
const checkpointEvery = 10_000;

export class TrainingLog {
  /** Of all epochs, those before a resumption included. */
  readonly history: History;
  private readonly snapshot: Snapshot;
  private readonly before: number;
  private readonly architecture: unknown;
  private progress: Progress | undefined;
  private lastCheckpoint = performance.now();
  /** The state that the snapshot holds, until a checkpoint has it too. */
  private unsaved: CheckpointState | undefined;

  constructor(
    private readonly context: CommandContext,
    device: Device,
    private readonly model: Model,
    private readonly run: string,
    private readonly config: RunConfig,
    earlier: Readonly<Record<string, readonly (number | null)[]>> = {},
  ) {
    // JSON has no NaN: a null stands for one.
    this.history = Object.fromEntries(
      Object.entries(earlier).map(([name, values]) => [name, values.map((value) => value ?? NaN)]),
    );
    this.before = epochCount(this.history);
    this.architecture = architectureOf(model);
    this.snapshot = new Snapshot(device, trainingVariables(model));
  }

  get finishedEpochs(): number {
    return epochCount(this.history);
  }

  /** Whether an epoch was finished since the training began or was resumed. */
  get hasNews(): boolean {
    return this.finishedEpochs > this.before;
  }

  callback(stepsPerEpoch: number): Callback {
    const { epochs } = this.config;
    let start = 0;
    return {
      onEpochBegin: (epoch) => {
        start = performance.now();
        const label = `Epoch ${epoch + 1}/${epochs}`;
        this.progress = startProgress({ label, total: stepsPerEpoch, unit: "steps", transient: true });
      },
      onBatchEnd: (batch) => this.progress?.update(batch + 1),
      onEpochEnd: async (epoch, logs) => {
        this.stop();
        const seconds = (performance.now() - start) / 1000;
        this.context.out.result(
          `Epoch ${epoch + 1}/${epochs} - ${formatSeconds(seconds)} - ${formatLogs(logs)}`,
        );
        this.keep(logs);
        if (performance.now() - this.lastCheckpoint > checkpointEvery) await this.saveCheckpoint();
      },
    };
  }

  /** Takes the progress off the screen. */
  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }

  /** Writes the state at the end of the last finished epoch, unless it is written already. */
  async saveCheckpoint(): Promise<void> {
    if (!this.unsaved) return;
    await this.snapshot.save(checkpointPath(this.run), this.unsaved);
    this.unsaved = undefined;
    this.lastCheckpoint = performance.now();
  }

  private keep(logs: Logs): void {
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
    this.snapshot.capture();
    this.unsaved = {
      epochs: this.finishedEpochs,
      wantedEpochs: this.config.epochs,
      iterations: this.model.compilation!.optimizer.iterations,
      history: structuredClone(this.history),
      settings: this.config.settings,
      base: this.config.base,
      architecture: this.architecture,
    };
  }
}

function formatLogs(logs: Logs): string {
  const format = (value: number) =>
    value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4);
  return Object.entries(logs)
    .map(([name, value]) => `${name}: ${format(value)}`)
    .join(" - ");
}
