/** RUN, the folder that a training leaves: what is in it, and how it is replaced as a whole. */
import { randomBytes } from "node:crypto";
import { access, constants, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { messageOf, WgraftError } from "../errors.js";
import { writeFileAtomic } from "../io/atomic.js";
import { reportFiles, writeRunReport } from "../io/report/write.js";
import type { RunReport } from "../io/report/html.js";
import type { Model } from "../models/model.js";
import { augmentationSchema } from "./augmentation.js";

export const modelFile = "model.h5";
export const configFile = "config.json";

/** RUN/checkpoint. */
export interface CheckpointFiles {
  readonly folder: string;
  /** All that `--resume` needs. */
  readonly state: string;
  /** The model of the epoch that `state` was taken after; stock Keras loads it. */
  readonly last: string;
  /** The model of the best epoch; stock Keras loads it. */
  readonly best: string;
  /** What `predict` and `evaluate` want to know of the models beside it. */
  readonly config: string;
}

export function checkpointFiles(run: string): CheckpointFiles {
  const folder = join(run, "checkpoint");
  const [state, last, best, config] = ["state.h5", "last.h5", "best.h5", configFile].map((name) =>
    join(folder, name),
  );
  return { folder, state, last, best, config };
}

/** Where the state lies that a run is gone on from. */
export function checkpointPath(run: string): string {
  return checkpointFiles(run).state;
}

/** What features were made of (the root attributes of features.h5), or what a model that takes pictures began with. */
export const baseSchema = z.object({
  classNames: z.array(z.string()).min(2),
  application: z.string(),
  layer: z.string(),
  inputShape: z.array(z.number().int().positive().max(65536)).length(3),
  preprocess: z.string(),
  interpolation: z.string(),
  weightsSha256: z.string(),
  alpha: z.number().positive().optional(),
  pooling: z.string().optional(),
  precision: z.string().optional(),
  weights: z.string().optional(),
});

/** What decides the course of a training. Two runs of equal settings on one machine are equal. */
export const settingsSchema = z.object({
  /** sha256 that tells the training samples and labels apart. */
  data: z.string(),
  init: z.string().nullable(),
  /** Null with `init`, whose head has its own; likewise `dropout`. */
  units: z.number().nullable(),
  dropout: z.number().nullable(),
  optimizer: z.enum(["rmsprop", "sgd", "adam"]),
  learningRate: z.number(),
  batchSize: z.number(),
  seed: z.number(),
  shuffle: z.boolean(),
  stepsPerEpoch: z.number().nullable(),
  validationSteps: z.number().nullable(),
  /** What activations are stored as. */
  precision: z.enum(["float32", "float16"]).default("float32"),
  /** Class name → weight in the loss; null where all count alike. */
  classWeight: z.record(z.string(), z.number()).nullable().default(null),
  /** Of a training on pictures; absent for one on features. */
  pictures: z
    .object({
      trainable: z.array(z.string()),
      augment: augmentationSchema,
      limit: z.number().nullable(),
      skipBad: z.boolean(),
    })
    .optional(),
});
export type RunSettings = z.infer<typeof settingsSchema>;

const configSchema = z.object({
  wgraft: z.string(),
  /** What a head was trained on; absent for a model that takes pictures itself, which has `data`. */
  features: z.string().optional(),
  data: z.string().optional(),
  epochs: z.number(),
  finishedEpochs: z.number(),
  /** `--early-stop`: its patience; null without it. */
  earlyStop: z.number().nullable().default(null),
  checkpointBest: z.boolean().default(false),
  /** Best epoch, counted from 1, where one was looked for and found. */
  bestEpoch: z.number().optional(),
  /** Whether `--early-stop` ended the training. */
  stoppedEarly: z.boolean().optional(),
  settings: settingsSchema,
  base: baseSchema,
  adapter: z.string(),
  toggles: z.array(z.string()),
});
/** config.json. */
export type RunConfig = z.infer<typeof configSchema>;

/** Throws `io` unless RUN is a folder that can be written, or can be made. Makes nothing. */
export async function checkRunFolder(run: string): Promise<void> {
  const target = resolve(run);
  for (let at = target; ; at = dirname(at)) {
    const found = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new WgraftError("io", `cannot write ${run}: ${messageOf(error)}`, { cause: error });
    });
    if (!found) continue;
    const whose = at === target ? "it" : at;
    if (!found.isDirectory())
      throw new WgraftError("io", `cannot write ${run}: ${whose} is a file, not a folder`);
    await access(at, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
      throw new WgraftError("io", `cannot write ${run}: ${whose} is not writable`, { cause });
    });
    return;
  }
}

/**
 * Writes model, reports and config.json. All of them are written aside first and moved into place when the last one is
 * there, so that a failure leaves the files of an earlier run as they were.
 */
export async function saveRun(
  run: string,
  model: Model,
  report: RunReport,
  config: RunConfig,
): Promise<void> {
  const aside = join(run, `.saving.${process.pid}.${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(aside, { recursive: true });
    await model.save(join(aside, modelFile));
    await writeRunReport(aside, report);
    await writeFileAtomic(join(aside, configFile), configJson(config));
    for (const name of [modelFile, ...reportFiles, configFile])
      await rename(join(aside, name), join(run, name));
  } catch (cause) {
    if (cause instanceof WgraftError) throw cause;
    throw new WgraftError("io", `cannot write ${run}: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** The text of config.json. */
export function configJson(config: RunConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** More than any config.json that `saveRun` writes. */
const maxConfigBytes = 2 ** 20;

/** The config.json that lies beside a model; undefined where there is none, or one of another program. */
export async function readRunConfig(modelPath: string): Promise<RunConfig | undefined> {
  const path = join(dirname(modelPath), configFile);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size > maxConfigBytes) return undefined;
  const text = await readFile(path, "utf8");
  try {
    return configSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON, so not ours
  }
}
