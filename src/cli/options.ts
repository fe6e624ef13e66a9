/** Options that several commands share, with their defaults, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { interpolations } from "../io/images/resize.js";
import { preprocessModes } from "../kernels/image/preprocessModes.js";
import { namesOf, summariesOf } from "../names.js";
import type { FloatType } from "../tensor.js";

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number ${range(min, max)}.`);
  };
}

/** A number from `min` (or above it, with `aboveMin`) to `max` (below it, with `belowMax`). */
export function number(
  min: number,
  max = Infinity,
  { aboveMin = false, belowMax = false } = {},
): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    const fits = Number.isFinite(value) && value >= min && value <= max;
    if (fits && !(aboveMin && value === min) && !(belowMax && value === max)) return value;
    const low = aboveMin ? `above ${min}` : `of at least ${min}`;
    const high = max === Infinity ? "" : ` and ${belowMax ? "below" : "at most"} ${max}`;
    throw new InvalidArgumentError(`Expected a number ${low}${high}.`);
  };
}

function range(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
}

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** "2GiB", "1.5 GB", "65536" → bytes. */
export function bytes(text: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([KMG]i?B|B)?$/.exec(text) ?? [];
  const value = Math.floor(Number(count) * byteUnits[unit]);
  if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError("Expected a size in bytes: 2GiB, 2048MiB, 2GB.");
}

/** "a,b" → ["a", "b"]. */
export function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.every((item) => item !== "")) return items;
  throw new InvalidArgumentError("Expected names with commas between them.");
}

/** A path; an empty one is what a shell makes of a variable that is not set. */
export function path(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a path.");
}

/** "skipBad" → "--skip-bad" */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function addJsonOption(command: Command): Command {
  return command.option("--json", "print one JSON object on stdout");
}

/** `--adapter`, `--toggles`, `--memory-budget`, `--no-autotune`, `--precision`, `--json`. */
export function addDeviceOptions(command: Command): Command {
  return addJsonOption(command)
    .option("--adapter <name>", "take the GPU adapter whose name contains this")
    .option("--toggles <names>", "Dawn toggles to switch on, with commas between", list)
    .option(
      "--memory-budget <size>",
      "GPU memory that a program may take (2GiB, 2048MiB); a training that needs more computes activations again",
      bytes,
    )
    .addOption(
      new Option(
        "--no-autotune",
        "take the kernels that an estimate favours, the same in every run; default: those measured to be the fastest, once",
      ).env("WGRAFT_NO_AUTOTUNE"),
    )
    .addOption(
      new Option("--precision <type>", "what activations are stored as, f32 or f16; weights and sums are f32")
        .argParser(precision)
        .default("float32" satisfies FloatType, "f32"),
    );
}

function precision(text: string): FloatType {
  if (text === "f32") return "float32";
  if (text === "f16") return "float16";
  throw new InvalidArgumentError("Expected f32 or f16.");
}

/** What is made of a base's maps over height and width: see `ArchitectureOptions`. */
export const poolings = ["avg", "max"] as const;
export type Pooling = (typeof poolings)[number];

/** Which base, and how pictures are put before it. */
export interface BaseOptions {
  app: string;
  weights: string;
  offline?: boolean;
  size: number;
  layer?: string;
  pooling?: Pooling;
  alpha?: number;
  seed?: number;
}

/** Sides of pictures: more is no picture that a network of this kind is given. */
const maxSize = 4096;

export function addSizeOption(command: Command): Command {
  return command.option("--size <pixels>", "side of the pictures", integer(1, maxSize), 150);
}

export function addLayerOptions(command: Command): Command {
  return command
    .option("--layer <name>", "cut the base after this layer (default: its last)")
    .addOption(
      new Option(
        "--pooling <kind>",
        "mean or maximum over height and width behind that (default: neither)",
      ).choices(poolings),
    )
    .option(
      "--alpha <width>",
      "width multiplier of mobilenet (default: 1)",
      number(0, 4, { aboveMin: true }),
    );
}

/** @param initial the default; without one the weights that the model remembers are taken */
export function addWeightsOptions(command: Command, initial?: string): Command {
  const otherwise = initial === undefined ? " (default: those that the model was trained with)" : "";
  return command
    .option("--weights <which>", `weights of the base: imagenet, random or FILE.h5${otherwise}`, initial)
    .option("--offline", "never download weights");
}

export function addSeedOption(command: Command, what: string): Command {
  return command.option("--seed <n>", what, integer(0, 2 ** 32 - 1));
}

/** How pictures are put before a model where nothing else is said. */
export const pictureDefaults = { preprocess: "rescale", interpolation: "nearest" } as const;

/** @param remembered without defaults, so that what the model remembers is taken */
export function addPictureOptions(command: Command, { remembered = false } = {}): Command {
  const add = (flags: string, what: string, choices: readonly string[], initial: string) => {
    const unless = remembered
      ? ` (default: as the model was trained; where it does not tell, ${initial})`
      : "";
    const option = new Option(flags, what + unless).choices(choices);
    command.addOption(remembered ? option : option.default(initial));
  };
  const { preprocess, interpolation } = pictureDefaults;
  const modes = summariesOf(preprocessModes);
  add("--preprocess <kind>", `how pixels become numbers; ${modes}`, namesOf(preprocessModes), preprocess);
  add("--interpolation <kind>", "how pictures are resized", namesOf(interpolations), interpolation);
  return command;
}

export function addBatchSizeOption(command: Command): Command {
  return command.option("--batch-size <n>", "samples in one run", integer(1, 65536), 20);
}
