/** `wgraft train --features`: trains a head on what `extract` wrote. */
import { createHash } from "node:crypto";
import { WgraftError } from "../errors.js";
import { readFeatures, type Features, type FeaturesSplit } from "../io/features.js";
import { sizeOf, type Tensor } from "../tensor.js";
import type { Device } from "../kernels/device.js";
import type { Model } from "../models/model.js";
import { summary } from "../models/summary.js";
import { readCheckpoint, restore, type Checkpoint } from "./checkpoint.js";
import { compileHead, loadHead, makeHead, rebuildHead } from "./head.js";
import type { CommandContext, GlobalOptions } from "./run.js";
import {
  checkpointPath,
  checkRunFolder,
  modelFile,
  saveRun,
  type RunConfig,
  type RunSettings,
} from "./runFolder.js";
import { TrainingLog } from "./trainingLog.js";
import { version } from "./version.js";
import { join } from "node:path";

export interface TrainOptions extends GlobalOptions {
  features?: string;
  data?: string;
  out: string;
  optimizer: RunSettings["optimizer"];
  learningRate: number;
  epochs: number;
  batchSize: number;
  units: number;
  dropout: number;
  seed?: number;
  shuffle: boolean;
  stepsPerEpoch?: number;
  validationSteps?: number;
  init?: string;
  resume?: boolean;
}

/** @param isGiven whether an option was typed, as opposed to left at its default */
export async function train(
  context: CommandContext,
  options: TrainOptions,
  isGiven: (option: keyof TrainOptions) => boolean,
): Promise<void> {
  if (options.data !== undefined)
    throw new WgraftError(
      "usage",
      "end-to-end training (--data) is not in this version yet; extract features and train on them with --features",
    );
  if (options.features === undefined)
    throw new WgraftError("usage", "train needs --features FILE, what wgraft extract wrote");
  const extra = (["units", "dropout"] as const).filter(isGiven);
  if (options.init !== undefined && extra.length > 0)
    throw new WgraftError("usage", `--${extra[0]} is for a new head; the one of --init has its own`);
  await checkRunFolder(options.out);
  const features = await readFeatures(options.features);
  const data = trainingData(features, options.features);
  const path = checkpointPath(options.out);
  const checkpoint = options.resume ? await readCheckpoint(path) : undefined;
  const settings = checkpoint
    ? resumedSettings(checkpoint, options, isGiven, data.identity)
    : settingsOf(options, data.identity);
  const epochs = checkpoint && !isGiven("epochs") ? checkpoint.state.wantedEpochs : options.epochs;
  if (!features.complete)
    context.out.note(`${options.features} is of an interrupted extraction: there could be more rows`);

  const device = await context.device();
  const model = await openModel(options, settings, checkpoint, features, data, device);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, path);
  const config: RunConfig = {
    wgraft: version(),
    features: options.features,
    epochs,
    finishedEpochs: checkpoint?.state.epochs ?? 0,
    settings,
    base: features.meta,
    adapter: device.name,
    toggles: [...device.toggles],
  };
  describeStart(context, data, config, device);
  await fitAndSave(context, options.out, model, data, config, checkpoint);
}

async function openModel(
  options: TrainOptions,
  settings: RunSettings,
  checkpoint: Checkpoint | undefined,
  { meta }: Features,
  { x }: TrainingData,
  device: Device,
): Promise<Model> {
  const { seed, init } = settings;
  if (checkpoint)
    return rebuildHead(checkpoint.state.architecture, checkpointPath(options.out), seed, device);
  const [inputs, classes] = [sizeOf(x.shape.slice(1)), meta.classNames.length];
  if (init !== null) return loadHead(init, inputs, classes, seed, device);
  return makeHead(inputs, classes, { units: options.units, dropout: options.dropout, seed }, device);
}

interface TrainingData {
  readonly x: Tensor<"float32">;
  readonly y: Tensor<"float32">;
  readonly validation?: readonly [Tensor<"float32">, Tensor<"float32">];
  /** sha256 of the training samples and labels. */
  readonly identity: string;
}

function trainingData(features: Features, file: string): TrainingData {
  const { train: split, validation } = features.splits;
  const bad = (what: string) => new WgraftError("bad-input", `${file}: ${what}`);
  if (!split) throw bad(`has no split train, only ${Object.keys(features.splits).join(", ")}`);
  const [x, y] = flatten(split);
  if (new Set(y.dataSync()).size < 2)
    throw bad("its split train holds pictures of one class only; two or more are needed");
  const identity = createHash("sha256").update(x.dataSync()).update(y.dataSync()).digest("hex");
  return { x, y, identity, ...(validation && { validation: flatten(validation) }) };
}

function flatten({ features, labels }: FeaturesSplit): readonly [Tensor<"float32">, Tensor<"float32">] {
  const [n = 0, ...shape] = features.shape;
  return [features.reshape([n, sizeOf(shape)]), labels];
}

function settingsOf(options: TrainOptions, data: string): RunSettings {
  return {
    data,
    init: options.init ?? null,
    units: options.init === undefined ? options.units : null,
    dropout: options.init === undefined ? options.dropout : null,
    optimizer: options.optimizer,
    learningRate: options.learningRate,
    batchSize: options.batchSize,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
    shuffle: options.shuffle,
    stepsPerEpoch: options.stepsPerEpoch ?? null,
    validationSteps: options.validationSteps ?? null,
  };
}

/** The checkpoint's settings; what is typed again must agree with them. */
function resumedSettings(
  { state }: Checkpoint,
  options: TrainOptions,
  isGiven: (option: keyof TrainOptions) => boolean,
  data: string,
): RunSettings {
  const then = state.settings;
  const now = settingsOf(options, data);
  const names = Object.keys(then) as (keyof RunSettings)[];
  const differing = names.filter((name) => (name === "data" || isGiven(name)) && now[name] !== then[name]);
  if (differing.length === 0) return then;
  const differences = differing.map((name) =>
    name === "data" ? "the features are others" : `${name} is ${now[name]}, was ${then[name]}`,
  );
  throw new WgraftError(
    "usage",
    `--resume goes on with the run in ${options.out} as it was begun, but ${differences.join("; ")}; ` +
      "leave --resume away to begin anew",
  );
}

function describeStart({ out }: CommandContext, data: TrainingData, config: RunConfig, device: Device): void {
  const { settings, finishedEpochs, epochs } = config;
  const validation = data.validation ? `, ${data.validation[0].shape[0]} to validate on` : "";
  const resumed = finishedEpochs > 0 ? `, going on after epoch ${finishedEpochs}` : "";
  out.note(
    `${data.x.shape[0]} samples of ${data.x.shape[1]} features${validation}; ${epochs} epochs of batches of ` +
      `${settings.batchSize} on ${device.name}, seed ${settings.seed}${resumed}`,
  );
}

async function fitAndSave(
  context: CommandContext,
  run: string,
  model: Model,
  data: TrainingData,
  config: RunConfig,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  const { settings, epochs } = config;
  const { out, signal } = context;
  const log = new TrainingLog(context, await context.device(), model, run, config, checkpoint?.state.history);
  const start = performance.now();
  let stopped: WgraftError | undefined;
  try {
    await model.fit(data.x, data.y, {
      epochs,
      initialEpoch: log.finishedEpochs,
      batchSize: settings.batchSize,
      shuffle: settings.shuffle,
      stepsPerEpoch: settings.stepsPerEpoch ?? undefined,
      validationSteps: settings.validationSteps ?? undefined,
      validationData: data.validation,
      callbacks: [log.callback(stepsPerEpoch(data, settings))],
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
  const finished = { ...config, finishedEpochs: log.finishedEpochs };
  const report = {
    title: `A head on ${config.base.application} features`,
    history: log.history,
    config: { ...settings, features: config.features, epochs, ...config.base },
    modelSummary: summary(model).join("\n"),
    environment: {
      wgraft: config.wgraft,
      node: process.version,
      adapter: config.adapter,
      toggles: config.toggles,
    },
  };
  await saveRun(run, model, report, finished);
  const path = join(run, modelFile);
  out.result(`saved ${path}, with curves and reports beside it`);
  out.finish({
    out: run,
    model: path,
    parameters: model.countParams(),
    epochs,
    finishedEpochs: log.finishedEpochs,
    interrupted: stopped !== undefined,
    history: log.history,
    seconds: (performance.now() - start) / 1000,
    adapter: config.adapter,
  });
  if (stopped) {
    throw new WgraftError(
      "aborted",
      `interrupted after ${log.finishedEpochs} of ${epochs} epochs; ${run} holds the model and their curves, and --resume goes on`,
    );
  }
}

function stepsPerEpoch(data: TrainingData, settings: RunSettings): number {
  return settings.stepsPerEpoch ?? Math.ceil((data.x.shape[0] ?? 0) / settings.batchSize);
}
