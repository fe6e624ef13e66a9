/** Every option that more than one command takes, or that training takes: what help says, and how it is read. */
import type { Command } from "commander";
import { preprocessModes } from "../kernels/image/preprocessModes.js";
import { specialOptions } from "../models/catalog.js";
import { summariesOf } from "../names.js";
import {
  augmentPreset,
  choices,
  defaults,
  describeImageDefaults,
  presets,
  usualPatience,
} from "../transfer/defaults.js";
import { optionOf, type OptionDescription, flag, option } from "./options.js";
import { negatedOptions } from "./flags.js";
import {
  bytes,
  integer,
  list,
  nameOrBeginning,
  number,
  parseClassWeight,
  path,
  precision,
} from "./parsers.js";

/** Sides of images: nobody gives a larger one to a network of this kind. */
const maxSize = 4096;
const shift = "largest shift, as a fraction of the size or in pixels from 1";
const pixels = `preprocessing; ${summariesOf(preprocessModes)}`;
/** Of summaries too, which train nothing. */
export const trainablePart = "trained part of the base: none, all, or comma-separated layers and blocks";
const presetWords = Object.entries(presets)
  .map(([name, values]) => `${name}: ${Object.values(values).join(", ")}`)
  .join("; ");
const share = number(0, 1, { belowMax: true });

const table = {
  // Files
  data: option(
    "<dir>",
    "folder with a subfolder per class, or with train, validation and test folders that have them",
    { parse: path },
  ),
  features: option("<file>", "features file written by wgraft extract", { parse: path }),
  out: option(
    "<run>",
    "folder for the model, its curves and reports (default: runs/APP-N, the next free N)",
    { parse: path },
  ),
  overwrite: flag("replace what --out names, if it exists"),
  model: option("<file>", "a run folder of wgraft train, or a Keras model: .h5 or .keras", {
    parse: path,
    required: true,
  }),

  // Base
  app: option("<name>", "pretrained base; a beginning will do where only one name has it", {
    choices: choices.app,
    parse: nameOrBeginning(choices.app),
    initial: defaults.app,
  }),
  weights: option("<which>", "weights of the base: imagenet, random or FILE.h5", {
    initial: defaults.weights,
  }),
  offline: flag("never download weights"),
  weightsSha256: option(
    "<hash>",
    "expected SHA-256 of the weights file (default: the hash that Keras publishes, else that of the first use)",
  ),
  size: option(
    "<pixels>",
    `image size, height and width in pixels (default: ${describeImageDefaults("size")})`,
    { parse: integer(1, maxSize) },
  ),
  layer: option("<name>", "cut the base after this layer (default: its last)"),
  pooling: option("<kind>", "global pooling after the base (default: none)", { choices: choices.pooling }),
  alpha: option("<width>", `width multiplier of ${specialOptions.alpha.join(", ")} (default: 1)`, {
    parse: number(0, 4, { aboveMin: true }),
  }),
  trainable: option("<layers>", `${trainablePart} (default: ${defaults.trainable.join()})`, { parse: list }),

  // Images
  preprocess: option("<kind>", `${pixels} (default: ${describeImageDefaults("preprocess")})`, {
    choices: choices.preprocess,
  }),
  interpolation: option("<kind>", `resizing method (default: ${defaults.interpolation})`, {
    choices: choices.interpolation,
  }),
  exif: flag("turn images upright as EXIF's orientation says; Keras ignores it"),
  limit: option("<n>", "use only the first n images of each class", { parse: integer(1) }),
  validationSplit: option(
    "<share>",
    "share of each class kept for validation if no folder is, chosen by content; 0: none",
    { parse: share, initial: defaults.validationSplit },
  ),
  skipBad: flag("omit images that do not decode"),
  cache: flag("neither read nor fill the feature cache (see wgraft cache)"),

  // Training
  preset: option("<name>", `${presetWords}; explicit options take precedence (default: none)`, {
    choices: choices.preset,
  }),
  optimizer: option("<name>", "optimizer", { choices: choices.optimizer, initial: defaults.optimizer }),
  learningRate: option("<x>", "learning rate", {
    parse: number(0, Infinity, { aboveMin: true }),
    initial: defaults.learningRate,
  }),
  epochs: option("<n>", "passes over the data", { parse: integer(1), initial: defaults.epochs }),
  units: option("<n>", "units in the hidden layer", { parse: integer(1, 65536), initial: defaults.units }),
  dropout: option("<rate>", "dropout rate after the hidden layer", {
    parse: share,
    initial: defaults.dropout,
  }),
  shuffle: flag("keep the order of the samples in every epoch"),
  stepsPerEpoch: option("<n>", "batches per epoch (default: all)", { parse: integer(1) }),
  validationSteps: option("<n>", "validation batches (default: all)", { parse: integer(1) }),
  classWeight: option(
    "<weights>",
    "class weights in the loss: balanced (n / (classes · samples of the class)), or by name or index: cats=1,dogs=2.5",
    { parse: parseClassWeight },
  ),
  earlyStop: option(
    "[patience]",
    "stop after this many epochs without a lower val_loss (loss without validation data); model.h5 gets the weights of the best epoch",
    { parse: integer(1), preset: usualPatience },
  ),
  checkpointBest: flag(
    "also save the model with the lowest val_loss (or loss) to RUN/checkpoint/best.h5 (last.h5 is always saved)",
  ),
  init: option("<file>", "start from this saved model instead of a new head", { parse: path }),
  resume: flag("resume from RUN/checkpoint"),
  kernelsFrom: option("<run>", "use the kernels that this run used, for the same bits", { parse: path }),
  batchSize: option("<n>", "samples per batch", { parse: integer(1, 65536), initial: defaults.batchSize }),
  seed: option("<n>", "seed of initial weights, dropout, shuffling and augmentation (default: random)", {
    parse: integer(0, 2 ** 32 - 1),
  }),

  // Augmentation
  augment: flag("enable all of these at the defaults shown; explicit options take precedence"),
  rotationRange: option("<degrees>", `rotation in degrees, either way (${augmentPreset.rotationRange})`, {
    parse: number(0),
  }),
  widthShiftRange: option("<x>", `${shift} (${augmentPreset.widthShiftRange})`, { parse: number(0) }),
  heightShiftRange: option("<x>", `${shift} (${augmentPreset.heightShiftRange})`, { parse: number(0) }),
  shearRange: option("<degrees>", `shear in degrees, either way (${augmentPreset.shearRange})`, {
    parse: number(0),
  }),
  zoomRange: option("<z>", `zoom between 1 - z and 1 + z (${augmentPreset.zoomRange})`, { parse: share }),
  horizontalFlip: flag("flip half of the images, at random (on)"),
  fillMode: option("<kind>", `fill for pixels outside the image (${augmentPreset.fillMode})`, {
    choices: choices.fillMode,
  }),

  // Device and output
  lrFind: flag(
    "instead of training, try learning rates from low to high, draw the losses and suggest a rate",
  ),
  chart: flag("draw the curves of the training in the terminal"),
  json: flag("print one JSON object on stdout"),
  quiet: flag("print results and errors alone: no notes, no progress, no next step"),
  verbose: flag(
    "print everything: what the GPU library says about the adapter, and where an error comes from",
  ),
  adapter: option("<name>", "use the GPU adapter whose name contains this"),
  toggles: option("<names>", "comma-separated Dawn toggles to enable", { parse: list }),
  fast: flag(
    "run GPU kernels without bounds checks (Dawn toggles, named in reports); for models and data you trust",
  ),
  memoryBudget: option(
    "<size>",
    "GPU memory limit of a program (2GiB, 2048MiB); training above it recomputes activations",
    { parse: bytes },
  ),
  autotune: flag("use a heuristic instead of measured kernels, so every run picks the same ones", {
    env: "WGRAFT_NO_AUTOTUNE",
  }),
  precision: option("<type>", "storage type of activations, f32 or f16; weights and sums stay f32", {
    parse: precision,
    initial: defaults.precision === "float32" ? "f32" : "f16",
  }),
} satisfies Record<string, OptionDescription>;

export type SharedOption = keyof typeof table;
export const optionTable: Readonly<Record<SharedOption, OptionDescription>> = table;

/** Options of every command that uses a GPU. */
export const deviceOptions = [
  ...([
    "json",
    "quiet",
    "verbose",
    "adapter",
    "toggles",
    "fast",
    "memoryBudget",
    "autotune",
    "precision",
  ] as const),
] as const;

/** How a trained model reads images: most are recorded with it. */
export const readingOptions = ["weights", "offline", "size", "preprocess", "interpolation", "exif"] as const;

const asTrained = (otherwise: string) =>
  `(default: as the model was trained; where nothing records that, ${otherwise})`;

/** What the options say where a trained model has them already. */
export const remembered: Partial<Record<SharedOption, OptionDescription>> = {
  weights: {
    ...table.weights,
    what: table.weights.what,
    initial: "the weights the model was trained with",
  },
  size: {
    ...table.size,
    what: "image size, height and width in pixels (default: the model's own; the images' for a model of any size)",
  },
  preprocess: { ...table.preprocess, what: `${pixels} ${asTrained("required")}` },
  interpolation: { ...table.interpolation, what: `resizing method ${asTrained(defaults.interpolation)}` },
};

/**
 * Adds options to a command, in the order of help. None has a default: what was not typed is undefined, and
 * src/transfer decides.
 * @param names in camelCase: `skipBad` becomes `--skip-bad`, `shuffle`, which is on, `--no-shuffle`
 * @param own options of this command, or what it says of shared ones
 */
export function addOptions<Own extends string = never>(
  command: Command,
  names: readonly (SharedOption | Own)[],
  own: Partial<Record<Own | SharedOption, OptionDescription>> = {},
): Command {
  for (const name of names) {
    const description = own[name] ?? optionTable[name as SharedOption];
    command.addOption(optionOf(name, description));
    // Commander takes `--no-NAME` for true unless it is typed.
    if ((negatedOptions as readonly string[]).includes(name)) command.setOptionValue(name, undefined);
  }
  return command;
}
