/** The part of a training that does not depend on what is trained: the epochs, and what is left of them. */
import { join } from "node:path";
import { WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import type { BatchSource } from "../../models/training/batches.js";
import type { ClassWeight } from "../../models/training/sampleWeights.js";
import { formatFigure } from "../figures.js";
import { InterruptedError } from "../interrupted.js";
import type { ModelRecord } from "../modelRecord.js";
import type { Checkpoint } from "../run/checkpoint.js";
import type { RunConfig } from "../run/config.js";
import { checkpointFiles, modelFile } from "../run/files.js";
import type { RunImages } from "../run/images.js";
import type { RunKernels } from "../run/kernels.js";
import { RunCheckpoint } from "../run/runCheckpoint.js";
import { saveRun } from "../run/save.js";
import { Divergence, divergenceGuard, explainDivergence } from "./divergence.js";
import type { TrainingOptions, TrainingResult } from "./options.js";
import { assessValidation, describeRun, figuresOf, type ValidationSample } from "./runReport.js";
import { TrainingLog } from "./trainingLog.js";

export interface Training {
  /** Compiled, and with its weights in place. */
  readonly model: Model;
  readonly source: BatchSource;
  readonly validation?: BatchSource;
  /** The samples of `validation` by their places. */
  readonly validationFiles?: readonly ValidationSample[];
  readonly classWeight?: ClassWeight;
  /** Heading of the report. */
  readonly title: string;
  /** What it is trained on; undefined where nothing records that. */
  readonly images?: RunImages;
  /** What its programs launch. */
  readonly kernels: RunKernels;
  /** The part of the model that trains, where `source` and `validation` are what the rest makes of the samples. Default: all. */
  readonly trained?: Model;
}

/** What is done with a training that is ready for its first step. */
export type Finish<R> = (
  options: TrainingOptions & { readonly out: string },
  training: Training,
  config: RunConfig,
  checkpoint: Checkpoint | undefined,
  device: Device,
) => Promise<R>;

/**
 * Trains until all epochs are done, none has been better for too long, or the signal fires, and writes RUN each way.
 * @throws WgraftError `diverged` where the loss or a weight is no longer finite: the last good checkpoint stays; `aborted`, an `InterruptedError` where an epoch was finished
 */
export async function fitAndSave(
  options: TrainingOptions & { readonly out: string },
  training: Training,
  config: RunConfig,
  checkpoint: Checkpoint | undefined,
  device: Device,
): Promise<TrainingResult> {
  const { model, source, validation, classWeight, title, images, kernels, trained = model } = training;
  const { out: run, signal, onNote } = options;
  const { settings, epochs } = config;
  const record: ModelRecord = {
    takes: config.features === undefined ? "images" : "features",
    base: config.base,
  };
  model.record = record;
  const { history: earlier, epochSeconds: earlierSeconds } = checkpoint?.state ?? {};
  const log = new TrainingLog(epochs, options, earlier, earlierSeconds);
  const validated = validation !== undefined;
  const kept = new RunCheckpoint({
    ...{ device, model, run, config, images, kernels },
    ...{ log, checkpoint, validated },
  });
  const { batchSize, stepsPerEpoch } = settings;
  const steps = stepsPerEpoch ?? Math.ceil(source.samples / batchSize);
  const samples = stepsPerEpoch === null ? source.samples : steps * batchSize;
  if (kept.hasStopped)
    onNote?.(
      `${run} had stopped early after epoch ${log.finishedEpochs}; use a larger \`earlyStop\` to continue`,
    );
  else if (log.finishedEpochs >= epochs)
    onNote?.(`${run} has its ${log.finishedEpochs} epochs; use a larger \`epochs\` to continue`);
  const start = performance.now();
  let interrupted = false;
  try {
    await trained.fit(source, {
      epochs: kept.hasStopped ? log.finishedEpochs : epochs,
      initialEpoch: log.finishedEpochs,
      batchSize: settings.batchSize,
      shuffle: settings.shuffle,
      stepsPerEpoch: settings.stepsPerEpoch ?? undefined,
      validationSteps: settings.validationSteps ?? undefined,
      validationData: validation,
      classWeight,
      // Before the log and the checkpoint, which must not see an epoch that has diverged.
      callbacks: [
        divergenceGuard(model, device),
        log.callback({ steps, samples, batchSize }),
        kept.callback(),
      ],
      signal,
    });
  } catch (error) {
    if (error instanceof Divergence) {
      const rest =
        log.finishedEpochs > 0
          ? `${checkpointFiles(run).last} is the model after epoch ${log.finishedEpochs}`
          : `no epoch was finished; ${run} is as it was`;
      // Explained first: the checkpoint puts the last good weights back.
      const explained = await explainDivergence(error, model, device, source, rest);
      if (log.hasNews) await kept.save();
      throw explained;
    }
    if (!(error instanceof WgraftError) || error.code !== "aborted") throw error;
    interrupted = true;
    if (!log.hasNews)
      throw new WgraftError("aborted", `interrupted before an epoch was finished; ${run} is as it was`);
  }
  await kept.save();
  const keptEpoch = chooseWeights(kept, log, config, interrupted, onNote);
  const { finishedEpochs, history, epochSeconds } = log;
  const { adapter, earlyStop, checkpointBest } = config;
  const { best } = kept;
  const bestEpoch = best?.epoch === undefined ? undefined : best.epoch + 1;
  const outcome = { finishedEpochs, stoppedEarly: kept.hasStopped, bestEpoch };
  const parameters = model.countParams();
  // Before the figures, whose kernels are not those of the training.
  const usedKernels = kernels.recorded();
  const assessed = await assessValidation(training, config, device, { out: run, signal, interrupted });
  // Those of a run that was resumed included.
  const trainingSeconds = epochSeconds.reduce((sum, one) => sum + (Number.isFinite(one) ? one : 0), 0);
  const times = { seconds: trainingSeconds, epochSeconds };
  const report = {
    ...{ title, history, keptEpoch, times, ...assessed },
    ...(best?.epoch !== undefined && { best: { epoch: best.epoch, metric: best.metric } }),
    ...describeRun(config, model),
  };
  const recorded = {
    ...outcome,
    keptEpoch,
    ...times,
    parameters,
    validation: figuresOf(assessed),
    kernels: usedKernels,
  };
  await saveRun(run, model, report, { ...config, ...recorded }, images);
  const result: TrainingResult = {
    out: run,
    model: join(run, modelFile),
    parameters,
    trainableWeights: model.trainableWeights.length,
    epochs,
    ...outcome,
    keptEpoch,
    ...(checkpointBest && bestEpoch !== undefined && { bestModel: checkpointFiles(run).best }),
    earlyStop,
    checkpointBest,
    classWeight: settings.classWeight,
    interrupted,
    history,
    seconds: (performance.now() - start) / 1000,
    adapter,
  };
  if (!interrupted) return result;
  throw new InterruptedError(
    `interrupted after ${finishedEpochs} of ${epochs} epochs; ${run} contains the model and its curves; \`resume\` continues`,
    result,
    "resume",
  );
}

/**
 * Gives the model the weights to keep: the best epoch's with `earlyStop`, as Keras's restore_best_weights has it, else
 * those of the last finished one, which the figures are of.
 * @returns that epoch, counted from 1
 */
function chooseWeights(
  kept: RunCheckpoint,
  log: TrainingLog,
  { earlyStop }: RunConfig,
  interrupted: boolean,
  onNote: TrainingOptions["onNote"],
): number {
  const last = log.finishedEpochs;
  const { best, hasStopped } = kept;
  if (earlyStop === null || !best || interrupted) {
    kept.putBackLast();
    return last;
  }
  const hasBest = kept.putBackBest();
  const epoch = hasBest ? best.epoch! + 1 : last;
  const why = hasStopped
    ? `stopped early after epoch ${last}: no lower ${best.metric} for ${earlyStop} epochs; `
    : "";
  const which = hasBest
    ? `epoch ${epoch}, the best (${best.metric} ${formatFigure(best.value)})`
    : `epoch ${epoch}: no epoch had a ${best.metric} that is a number`;
  onNote?.(`${why}kept the weights of ${which}`);
  return epoch;
}
