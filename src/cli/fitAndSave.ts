/** The part of a training that does not depend on what is trained: the epochs, and what is left of them. */
import { join } from "node:path";
import { WgraftError } from "../errors.js";
import type { Model } from "../models/model.js";
import { summary } from "../models/summary.js";
import type { BatchSource } from "../models/training/batches.js";
import type { Callback } from "../models/training/history.js";
import type { Checkpoint } from "./checkpoint.js";
import type { CommandContext } from "./run.js";
import { modelFile, saveRun, type RunConfig } from "./runFolder.js";
import { TrainingLog } from "./trainingLog.js";

export interface Training {
  /** Compiled, and with its weights in place. */
  readonly model: Model;
  readonly source: BatchSource;
  /** Evaluated after each epoch by the model itself, or by a callback that adds the figures to its logs. */
  readonly validation?: BatchSource | Callback;
  /** Heading of the report. */
  readonly title: string;
}

/** Trains until all epochs are done or Ctrl-C is pressed, and writes RUN either way. @throws WgraftError `aborted` */
export async function fitAndSave(
  context: CommandContext,
  run: string,
  { model, source, validation, title }: Training,
  config: RunConfig,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  const { settings, epochs } = config;
  const { out, signal } = context;
  const log = new TrainingLog(context, await context.device(), model, run, config, checkpoint?.state.history);
  const steps = settings.stepsPerEpoch ?? Math.ceil(source.samples / settings.batchSize);
  const isSource = validation && "batches" in validation;
  const start = performance.now();
  let stopped: WgraftError | undefined;
  try {
    await model.fit(source, {
      epochs,
      initialEpoch: log.finishedEpochs,
      batchSize: settings.batchSize,
      shuffle: settings.shuffle,
      stepsPerEpoch: settings.stepsPerEpoch ?? undefined,
      validationSteps: settings.validationSteps ?? undefined,
      validationData: isSource ? validation : undefined,
      callbacks: [...(validation && !isSource ? [validation] : []), log.callback(steps)],
      signal,
    });
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "aborted") throw error;
    stopped = error;
    if (!log.hasNews)
      throw new WgraftError("aborted", `interrupted before an epoch was finished; ${run} is as it was`);
  } finally {
    log.stop();
  }
  await log.saveCheckpoint();
  const { finishedEpochs, history } = log;
  const { wgraft, adapter, toggles, features, data, base } = config;
  const { pictures, ...common } = settings;
  const trainedOn = features === undefined ? { data } : { features };
  const report = {
    title,
    history,
    config: { ...common, ...pictures, ...base, ...trainedOn, epochs },
    modelSummary: summary(model).join("\n"),
    environment: { wgraft, node: process.version, adapter, toggles },
  };
  await saveRun(run, model, report, { ...config, finishedEpochs });
  const path = join(run, modelFile);
  out.result(`saved ${path}, with curves and reports beside it`);
  out.finish({
    out: run,
    model: path,
    parameters: model.countParams(),
    trainableWeights: model.trainableWeights.length,
    epochs,
    finishedEpochs,
    interrupted: stopped !== undefined,
    history,
    seconds: (performance.now() - start) / 1000,
    adapter,
  });
  if (stopped) {
    throw new WgraftError(
      "aborted",
      `interrupted after ${finishedEpochs} of ${epochs} epochs; ${run} holds the model and their curves, and --resume goes on`,
    );
  }
}
