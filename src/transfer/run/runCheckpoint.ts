/**
 * RUN/checkpoint, what a training keeps while it runs: state.h5 to resume from, last.h5 and best.h5 for everybody else,
 * with the config.json that a classifier is opened with. Each file is whole at any time, so that a process may be killed
 * at any time.
 */
import { mkdir, rm } from "node:fs/promises";
import { writeFileAtomic } from "../../io/atomic.js";
import { BestEpoch } from "../../io/report/bestEpoch.js";
import type { History } from "../../io/report/history.js";
import { writing } from "../../io/writing.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import type { Callback } from "../../models/training/history.js";
import { restoreSnapshot, writeCheckpoint, type Checkpoint, type CheckpointState } from "./checkpoint.js";
import { architectureOf } from "../model/head.js";
import { configJson, type RunConfig } from "./config.js";
import { checkpointFiles, type CheckpointFiles } from "./files.js";
import { imagesJson, type RunImages } from "./images.js";
import type { RunKernels } from "./kernels.js";
import { Snapshot, trainedWeights, trainingVariables } from "./snapshot.js";

/** Milliseconds between two checkpoints: a run loses at most that much to a crash, and little time to writing. */
const checkpointEvery = 10_000;

/** The figures of the epochs so far, those before a resumption included. */
interface EpochLog {
  readonly history: History;
  readonly epochSeconds: readonly number[];
  readonly finishedEpochs: number;
}

export interface RunCheckpointOptions {
  readonly device: Device;
  /** Compiled, and with its weights in place. */
  readonly model: Model;
  readonly run: string;
  readonly config: RunConfig;
  readonly kernels: RunKernels;
  /** Undefined where nothing records them. */
  readonly images: RunImages | undefined;
  readonly log: EpochLog;
  /** Where the training is resumed from. */
  readonly checkpoint?: Checkpoint;
  /** Whether epochs have a val_loss to be judged by; else their loss is. */
  readonly validated: boolean;
}

export class RunCheckpoint {
  /** The best epoch, where someone wants to know. */
  readonly best: BestEpoch | undefined;
  private readonly files: CheckpointFiles;
  private readonly last: Snapshot;
  private readonly bestWeights: Snapshot | undefined;
  private readonly bestSince: number | null;
  private readonly architecture: unknown;
  /** Whether best.h5 is of this run, and not what an earlier one left. */
  private bestFileIsOurs = false;
  /** The first epoch is kept at once: from then on there is something to resume from. */
  private lastWritten = -Infinity;
  /** The state that the snapshot contains, until state.h5 has it too. */
  private unsaved: CheckpointState | undefined;

  constructor(private readonly options: RunCheckpointOptions) {
    const { device, model, run, config, log, checkpoint, validated } = options;
    this.files = checkpointFiles(run);
    this.architecture = architectureOf(model);
    this.last = new Snapshot(device, trainingVariables(model));
    this.last.capture();
    const wanted = config.earlyStop !== null || config.checkpointBest;
    // Weights of epochs before someone wanted to know are gone.
    this.bestSince = wanted ? (checkpoint?.state.bestSince ?? log.finishedEpochs) : null;
    if (this.bestSince === null) return;
    this.best = new BestEpoch(validated ? "val_loss" : "loss");
    this.best.replay(log.history, this.bestSince);
    this.bestWeights = new Snapshot(device, trainedWeights(model));
    if (checkpoint?.best) restoreSnapshot(this.bestWeights, checkpoint.best, this.files.state);
  }

  /** Whether there was no better epoch for as many as `earlyStop` allows. */
  get hasStopped(): boolean {
    const { earlyStop } = this.options.config;
    return earlyStop !== null && this.best!.wait >= earlyStop;
  }

  /** To be called after the log's. Ends the fit where `earlyStop` says so. */
  callback(): Callback {
    return {
      onEpochEnd: async (epoch, logs) => {
        this.take();
        const isBest = this.best?.see(epoch, logs) ?? false;
        if (isBest) this.bestWeights!.capture();
        if (performance.now() - this.lastWritten > checkpointEvery) await this.save();
        if (isBest || !this.bestFileIsOurs) await this.saveBest();
        return this.hasStopped ? "stop" : undefined;
      },
    };
  }

  /** Writes the state at the end of the last finished epoch, and its model, unless they are written already. */
  async save(): Promise<void> {
    if (!this.unsaved) return;
    const { files, last, bestWeights } = this;
    const { model, config } = this.options;
    await writing(files.folder, () => mkdir(files.folder, { recursive: true }));
    const { epochs: finishedEpochs, kernels } = this.unsaved;
    await writeFileAtomic(files.config, configJson({ ...config, finishedEpochs, kernels }));
    const { images } = this.options;
    if (images) await writeFileAtomic(files.images, imagesJson(images));
    else await writing(files.images, () => rm(files.images, { force: true }));
    last.putBack();
    await model.save(files.last);
    const best = this.best?.epoch === undefined ? undefined : bestWeights;
    await writeCheckpoint(files.state, this.unsaved, last, best);
    this.unsaved = undefined;
    this.lastWritten = performance.now();
  }

  /** Gives the model the weights that it had at the end of the last finished epoch. */
  putBackLast(): void {
    this.last.putBack();
  }

  /** Gives the model the weights of the best epoch. @returns false where there is none: the model stays as it is */
  putBackBest(): boolean {
    if (this.best?.epoch === undefined) return false;
    this.bestWeights!.putBack();
    return true;
  }

  private async saveBest(): Promise<void> {
    const { config, model } = this.options;
    if (config.checkpointBest && this.putBackBest()) {
      await model.save(this.files.best);
      this.last.putBack();
    } else {
      await writing(this.files.best, () => rm(this.files.best, { force: true }));
    }
    this.bestFileIsOurs = true;
  }

  private take(): void {
    const { config, model, log, kernels } = this.options;
    this.last.capture();
    this.unsaved = {
      epochs: log.finishedEpochs,
      wantedEpochs: config.epochs,
      iterations: model.compilation!.optimizer.iterations,
      history: structuredClone(log.history),
      epochSeconds: [...log.epochSeconds],
      settings: config.settings,
      base: config.base,
      earlyStop: config.earlyStop,
      checkpointBest: config.checkpointBest,
      bestSince: this.bestSince,
      kernels: kernels.recorded(),
      architecture: this.architecture,
    };
  }
}
