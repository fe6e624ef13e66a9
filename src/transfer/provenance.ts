/**
 * Where features or a model come from: the one record of it, as features.h5 has it in its attributes, and a checkpoint and
 * config.json in their JSON.
 */
import { z } from "zod";
import { WgraftError } from "../errors.js";
import type { Hdf5Group } from "../io/hdf5/group.js";
import type { Hdf5File } from "../io/hdf5/reader.js";
import type { Hdf5Writer } from "../io/hdf5/writer.js";
import type { ColorMode } from "../io/images/prepare.js";
import type { Interpolation } from "../io/images/resize.js";
import { readNameList, writeNameList } from "../io/hdf5/nameLists.js";
import type { Preprocess } from "../models/training/batches.js";
import { formatShape, sameShape } from "../tensor.js";
import { choices, type Pooling } from "./defaults.js";

export const provenanceSchema = z.object({
  /** Index i is label i. */
  classNames: z.array(z.string()).min(1),
  /** "vgg16" */
  application: z.string(),
  /** The layer whose output the features are. */
  layer: z.string(),
  /** [height, width, channels] of the images. */
  inputShape: z.array(z.number().int().positive().max(65536)).length(3),
  /** A preprocessing mode: "rescale". */
  preprocess: z.string(),
  /** How the images were resized: "nearest". */
  interpolation: z.string(),
  /** Whether the middle of an image was cut to the aspect ratio first; absent where it was stretched. */
  cropToAspectRatio: z.boolean().optional(),
  /** Whether images were turned upright as EXIF's orientation says; absent where not. */
  exif: z.boolean().optional(),
  /** Of the weights file. Random weights have their seed instead: "random:seed=7". */
  weightsSha256: z.string(),
  /** MobileNet's width multiplier. */
  alpha: z.number().positive().optional(),
  /** "avg" or "max" over height and width of the layer's output; absent where that is kept whole. */
  pooling: z.string().optional(),
  /** What the base's activations were stored as, where that is not float32. The features are float32 either way. */
  precision: z.string().optional(),
  /** Where the weights were found: a path, "imagenet" or "random". */
  weights: z.string().optional(),
  /** Whether the base is a part of a saved model, whose file `weights` is; absent for an application. */
  savedModel: z.boolean().optional(),
});

/** Where features come from, or what a model that takes images began with. */
export type FeaturesMeta = z.infer<typeof provenanceSchema>;

/** How a value is kept in an attribute of an HDF5 file. */
interface AttributeKind<T> {
  read(root: Hdf5Group, name: string): T | undefined;
  write(writer: Hdf5Writer, name: string, value: T): void;
}

const text: AttributeKind<string> = {
  read: (root, name) => root.string(name),
  write: (writer, name, value) => writer.text("/", name, value),
};
const names: AttributeKind<string[]> = {
  read: readNameList,
  write: (writer, name, value) => writeNameList(writer, "/", name, value),
};
/** A list of one, because paths need not be ASCII. */
const path: AttributeKind<string> = {
  read: (root, name) => readNameList(root, name)?.[0],
  write: (writer, name, value) => writeNameList(writer, "/", name, [value]),
};
const integers: AttributeKind<number[]> = {
  read: (root, name) => root.numbers(name),
  write: (writer, name, value) => writer.integers("/", name, value),
};
const flag: AttributeKind<boolean> = {
  read: (root, name) => {
    const value = root.numbers(name)?.[0];
    return value === undefined ? undefined : value !== 0;
  },
  write: (writer, name, value) => writer.integers("/", name, [Number(value)]),
};
const float: AttributeKind<number> = {
  read: (root, name) => root.numbers(name)?.[0],
  write: (writer, name, value) => writer.number("/", name, value),
};

type Fields = Required<FeaturesMeta>;
const attributes: { readonly [K in keyof Fields]: AttributeKind<Fields[K]> } = {
  classNames: names,
  application: text,
  layer: text,
  inputShape: integers,
  preprocess: text,
  interpolation: text,
  cropToAspectRatio: flag,
  exif: flag,
  weightsSha256: text,
  weights: path,
  alpha: float,
  pooling: text,
  precision: text,
  savedModel: flag,
};
const fields = Object.keys(attributes) as (keyof Fields)[];

/** "weightsSha256" → "weights_sha256" */
function attributeName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Writes the record into the attributes of a file's root. */
export function writeAttributes(writer: Hdf5Writer, record: FeaturesMeta): void {
  const write = <K extends keyof Fields>(field: K) => {
    const value: Partial<Fields>[K] = record[field];
    if (value !== undefined) attributes[field].write(writer, attributeName(field), value);
  };
  fields.forEach(write);
}

/** Reads the record from the attributes of a file's root. Throws `bad-input` that says what is missing or wrong. */
export function readAttributes(file: Hdf5File): FeaturesMeta {
  const found: Partial<Record<keyof FeaturesMeta, unknown>> = {};
  for (const field of fields) {
    const value = attributes[field].read(file.root, attributeName(field));
    if (value !== undefined) found[field] = value;
  }
  const { error } = provenanceSchema.safeParse(found);
  if (!error) return found as FeaturesMeta;
  const field = error.issues[0].path[0] as keyof FeaturesMeta;
  const [name, value] = [attributeName(field), found[field]];
  if (value === undefined) throw file.error(`is not a file of features: it has no attribute ${name}`);
  if (Array.isArray(value) && value.length === 0) throw file.error(`its ${name} are empty`);
  if (field === "inputShape") {
    const shape = formatShape(value as number[]);
    throw file.error(`its ${name} is ${shape}, where (height, width, channels) is needed`);
  }
  throw file.error(`its ${name} cannot be read: ${error.issues[0].message}`);
}

/** How images become the input of the base or model. */
export function imageOptionsOf(
  record: Pick<FeaturesMeta, "inputShape" | "preprocess" | "interpolation" | "cropToAspectRatio" | "exif">,
) {
  const [height, width, channels] = record.inputShape;
  return {
    height,
    width,
    colorMode: colorModeOf(channels),
    cropToAspectRatio: record.cropToAspectRatio ?? false,
    preprocess: oneOf<Preprocess>(record.preprocess, choices.preprocess, "preprocess"),
    interpolation: oneOf<Interpolation>(record.interpolation, choices.interpolation, "interpolation"),
    exif: record.exif ?? false,
  };
}

/** How images are read for a model of so many channels. */
export function colorModeOf(channels: number): ColorMode {
  return channels === 1 ? "grayscale" : "rgb";
}

export function poolingOf({ pooling }: FeaturesMeta): Pooling | undefined {
  return pooling === undefined ? undefined : oneOf<Pooling>(pooling, choices.pooling, "pooling");
}

function oneOf<T extends string>(value: string, known: readonly T[], what: string): T {
  if (known.includes(value as T)) return value as T;
  throw new WgraftError(
    "bad-input",
    `the recorded ${what} "${value}" is not known; known: ${known.join(", ")}`,
  );
}

/** What stands for the hash of random weights, which follow from their seed. */
export function hashOfRandomWeights(seed: number): string {
  return `random:seed=${seed}`;
}

/** The seed of random weights; undefined where they came from a file. */
export function seedOfWeights({ weightsSha256 }: FeaturesMeta): number | undefined {
  const seed = /^random:seed=(\d{1,10})$/.exec(weightsSha256)?.[1];
  return seed === undefined ? undefined : Number(seed);
}

/** Throws `bad-input` unless both describe features of one and the same base. */
export function checkSameBase(recorded: FeaturesMeta, given: FeaturesMeta, file: string): void {
  const differences = [
    ["application", recorded.application, given.application],
    ["layer", recorded.layer, given.layer],
    ["pooling", recorded.pooling ?? "none", given.pooling ?? "none"],
    ["alpha", recorded.alpha ?? 1, given.alpha ?? 1],
    ["preprocess", recorded.preprocess, given.preprocess],
    ["interpolation", recorded.interpolation, given.interpolation],
    ["exif", String(recorded.exif ?? false), String(given.exif ?? false)],
    ["weights_sha256", recorded.weightsSha256, given.weightsSha256],
    ["class_names", recorded.classNames.join(", "), given.classNames.join(", ")],
  ]
    .filter(([, then, now]) => then !== now)
    .map(([name, then, now]) => `${name} ${now}, not ${then}`);
  if (!sameShape(recorded.inputShape, given.inputShape))
    differences.push(`input_shape ${given.inputShape.join("×")}, not ${recorded.inputShape.join("×")}`);
  if (differences.length === 0) return;
  throw new WgraftError(
    "bad-input",
    `${file}: these features come from a different base than the model's: ${differences.join("; ")}`,
  );
}
