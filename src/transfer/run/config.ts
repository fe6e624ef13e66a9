/** config.json of a run: how its model was trained, and what it takes. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { augmentationSchema } from "../data/augmentation.js";
import { choices } from "../defaults.js";
import { provenanceSchema } from "../provenance.js";
import { configFile } from "./files.js";

/** What decides the course of a training. Two runs of equal settings on one machine are equal. */
export const settingsSchema = z.object({
  /** sha256 that identifies the training samples and labels. */
  data: z.string(),
  init: z.string().nullable(),
  /** Null with `init`, whose head has its own; likewise `dropout`. */
  units: z.number().nullable(),
  dropout: z.number().nullable(),
  optimizer: z.enum(choices.optimizer),
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
  /** Of a training on images; absent for one on features. */
  pictures: z
    .object({
      trainable: z.array(z.string()),
      augment: augmentationSchema,
      limit: z.number().nullable(),
      skipBad: z.boolean(),
      /** Share of each class that is for validation where no folder is. Earlier versions held none out. */
      validationSplit: z.number().default(0),
    })
    .optional(),
});
export type RunSettings = z.infer<typeof settingsSchema>;
export type ImageSettings = NonNullable<RunSettings["pictures"]>;

/** What is known of a model that was judged on its validation samples. */
const validationSchema = z.object({
  samples: z.number(),
  loss: z.number(),
  accuracy: z.number(),
  /** Mean of the classes' F1. */
  f1: z.number().nullable(),
  /** Area under the ROC curve; of two classes. */
  auc: z.number().optional(),
  /** Expected calibration error. */
  calibrationError: z.number(),
});
export type ValidationFigures = z.infer<typeof validationSchema>;

/** Far above the shapes that one training has, and above the names of what it computes. */
const [mostKernels, longestName] = [10_000, 10_000];

/** Which variant of a kernel was launched, by what it computed: names that are unknown here are ignored. */
export const kernelsSchema = z
  .record(z.string().max(longestName), z.string().max(longestName))
  .refine((kernels) => Object.keys(kernels).length <= mostKernels, "too many kernels");
export type Kernels = z.infer<typeof kernelsSchema>;

const configSchema = z.object({
  wgraft: z.string(),
  /** What a head was trained on; absent for a model that takes images itself, which has `data`. */
  features: z.string().optional(),
  data: z.string().optional(),
  epochs: z.number(),
  finishedEpochs: z.number(),
  /** Epochs without improvement that end the training; null where none do. */
  earlyStop: z.number().nullable().default(null),
  checkpointBest: z.boolean().default(false),
  /** Best epoch, counted from 1, where one was looked for and found. */
  bestEpoch: z.number().optional(),
  /** The epoch, counted from 1, whose weights the model has. */
  keptEpoch: z.number().optional(),
  /** Of the training in all, as far as it is known, and of each epoch. Earlier versions recorded neither. */
  seconds: z.number().optional(),
  epochSeconds: z.array(z.number().nullable()).optional(),
  parameters: z.number().optional(),
  /** Figures of the model on the validation samples. */
  validation: validationSchema.optional(),
  /** Whether `earlyStop` ended the training. */
  stoppedEarly: z.boolean().optional(),
  settings: settingsSchema,
  base: provenanceSchema,
  adapter: z.string(),
  toggles: z.array(z.string()),
  /** Those of all programs that the training ran. Earlier versions recorded none. */
  kernels: kernelsSchema.optional(),
});
/** config.json. */
export type RunConfig = z.infer<typeof configSchema>;

/** What a person may want to know of how a model was trained, in the names of the options. */
export function reportedSettings(config: RunConfig): Record<string, unknown> {
  const { features, data, settings, base, epochs, earlyStop, checkpointBest } = config;
  const { pictures, data: samplesSha256, ...common } = settings;
  const trainedOn = features === undefined ? { data } : { features };
  return { ...trainedOn, samplesSha256, ...common, ...pictures, ...base, epochs, earlyStop, checkpointBest };
}

/** The text of config.json. */
export function configJson(config: RunConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** More than any config.json that a training writes. */
const maxConfigBytes = 2 ** 20;

/** The config.json next to a model; undefined where there is none, or one of another program. */
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
