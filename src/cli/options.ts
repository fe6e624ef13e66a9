/**
 * Options that several commands share. None sets a default: what was not typed is undefined, and src/transfer, whose
 * defaults help shows, decides.
 */
import { Help, Option, type Command } from "commander";
import { preprocessModes } from "../kernels/image/preprocessModes.js";
import { specialOptions } from "../models/catalog.js";
import { summariesOf } from "../names.js";
import { choices, defaults, describeImageDefaults } from "../transfer/defaults.js";
import { flagOf, type NegatedOption } from "./flags.js";
import { bytes, choice, integer, list, number, path, precision } from "./parsers.js";

interface OptionDetails {
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  /** The default, for the help alone. */
  initial?: unknown;
}

export function addOption(
  command: Command,
  flags: string,
  description: string,
  { parse, choices, initial }: OptionDetails = {},
): Command {
  const option = new Option(flags, description);
  if (choices) option.choices(choices).argParser(choice(choices));
  if (parse) option.argParser(parse);
  if (initial !== undefined) option.default(undefined, JSON.stringify(initial));
  return command.addOption(option);
}

/**
 * `--no-NAME`, which Commander takes for true unless it is typed.
 * @param variable of the environment that does the same
 */
export function addNegatedOption(
  command: Command,
  name: NegatedOption,
  description: string,
  variable?: string,
): Command {
  const option = new Option(flagOf(name), description);
  if (variable) option.env(variable);
  command.addOption(option);
  command.setOptionValue(name, undefined);
  return command;
}

/** Shows defaults that are not set. */
export const help: Partial<Help> = {
  optionDescription(option) {
    const value = option.defaultValueDescription;
    const shown =
      value === undefined ? option : (Object.create(option, { defaultValue: { value } }) as Option);
    return Help.prototype.optionDescription.call(this, shown);
  },
};

/** `--adapter`, `--toggles`, `--memory-budget`, `--no-autotune`, `--precision`, `--json`. */
export function addDeviceOptions(command: Command): Command {
  command
    .option("--json", "print one JSON object on stdout")
    .option("--adapter <name>", "use the GPU adapter whose name contains this")
    .option("--toggles <names>", "comma-separated Dawn toggles to enable", list)
    .option(
      "--memory-budget <size>",
      "GPU memory limit of a program (2GiB, 2048MiB); training above it recomputes activations",
      bytes,
    );
  addNegatedOption(
    command,
    "autotune",
    "use a heuristic instead of measured kernels, so every run picks the same ones",
    "WGRAFT_NO_AUTOTUNE",
  );
  return command.addOption(
    new Option("--precision <type>", "storage type of activations, f32 or f16; weights and sums stay f32")
      .argParser(precision)
      .default(undefined, defaults.precision === "float32" ? "f32" : "f16"),
  );
}

/** Sides of images: nobody gives a larger one to a network of this kind. */
const maxSize = 4096;

/** @param remembered the default is that of the model */
export function addSizeOption(command: Command, { remembered = false } = {}): Command {
  const own = remembered
    ? "the model's own; required for a model of any size"
    : describeImageDefaults("size");
  const what = `image size, height and width in pixels (default: ${own})`;
  return addOption(command, "--size <pixels>", what, { parse: integer(1, maxSize) });
}

export function addApplicationOption(command: Command): Command {
  return addOption(command, "--app <name>", "pretrained base", {
    choices: choices.app,
    initial: defaults.app,
  });
}

export function addLayerOptions(command: Command): Command {
  command.option("--layer <name>", "cut the base after this layer (default: its last)");
  const pooling = "global pooling after the base (default: none)";
  return addOption(command, "--pooling <kind>", pooling, { choices: choices.pooling }).option(
    "--alpha <width>",
    `width multiplier of ${specialOptions.alpha.join(", ")} (default: 1)`,
    number(0, 4, { aboveMin: true }),
  );
}

/** @param remembered the default is what the model was trained with */
export function addWeightsOptions(command: Command, { remembered = false } = {}): Command {
  const otherwise = remembered ? " (default: the weights the model was trained with)" : "";
  const what = `weights of the base: imagenet, random or FILE.h5${otherwise}`;
  const initial = remembered ? undefined : defaults.weights;
  return addOption(command, "--weights <which>", what, { initial }).option(
    "--offline",
    "never download weights",
  );
}

/** For what Keras records no hash of. */
export function addWeightsHashOption(command: Command): Command {
  return command.option(
    "--weights-sha256 <hash>",
    "expected SHA-256 of the weights file (default: the hash that Keras publishes, else that of the first use)",
  );
}

export function addSeedOption(command: Command, what: string): Command {
  return command.option("--seed <n>", what, integer(0, 2 ** 32 - 1));
}

/** @param remembered the default is how the model was trained, where that is known */
export function addImageOptions(command: Command, { remembered = false } = {}): Command {
  const add = (flags: string, what: string, known: readonly string[], own: string, unrecorded: string) => {
    const otherwise = remembered
      ? `as the model was trained; where nothing records that, ${unrecorded}`
      : own;
    addOption(command, flags, `${what} (default: ${otherwise})`, { choices: known });
  };
  const pixels = `preprocessing; ${summariesOf(preprocessModes)}`;
  const own = describeImageDefaults("preprocess");
  add("--preprocess <kind>", pixels, choices.preprocess, own, "required");
  const { interpolation } = defaults;
  add("--interpolation <kind>", "resizing method", choices.interpolation, interpolation, interpolation);
  return command.option("--exif", "turn images upright as EXIF's orientation says; Keras ignores it");
}

/** Which images of a folder, and what is kept of them. */
export function addDataOptions(command: Command): Command {
  addOption(
    addLimitOption(command),
    "--validation-split <share>",
    "share of each class kept for validation if no folder is, chosen by content; 0: none",
    { parse: number(0, 1, { belowMax: true }), initial: defaults.validationSplit },
  ).option("--skip-bad", "omit images that do not decode");
  return addNegatedOption(command, "cache", "neither read nor fill the feature cache (see wgraft cache)");
}

export const dataText =
  "folder with a subfolder per class, or with train, validation and test folders that have them";

export function addLimitOption(command: Command): Command {
  return command.option("--limit <n>", "use only the first n images of each class", integer(1));
}

/** @param also what else it may be */
export function addModelOption(command: Command, also = ""): Command {
  const what = `a run folder of wgraft train, or a Keras model: .h5 or .keras${also}`;
  return command.requiredOption("--model <file>", what, path);
}

export function addBatchSizeOption(command: Command): Command {
  const details = { parse: integer(1, 65536), initial: defaults.batchSize };
  return addOption(command, "--batch-size <n>", "samples per batch", details);
}
