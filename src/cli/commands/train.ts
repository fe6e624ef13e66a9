import { type Command, Option } from "commander";
import { WgraftError } from "../../errors.js";
import { augmentPreset, choices, defaults, usualPatience } from "../../transfer/defaults.js";
import { formatFigure } from "../../transfer/figures.js";
import { InterruptedError } from "../../transfer/interrupted.js";
import type { FinishedEpoch, TrainingProgress, TrainingResult } from "../../transfer/training/options.js";
import type { ImageTrainingOptions } from "../../transfer/training/trainOnImages.js";
import { flagOf } from "../flags.js";
import {
  addApplicationOption,
  addBatchSizeOption,
  addDataOptions,
  addDeviceOptions,
  addImageOptions,
  addLayerOptions,
  addNegatedOption,
  addOption,
  addSeedOption,
  addSizeOption,
  addWeightsHashOption,
  addWeightsOptions,
  dataText,
} from "../options.js";
import { formatSeconds, skippedJson, type Output } from "../output.js";
import { integer, list, number, parseClassWeight, path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface TrainOptions extends Omit<ImageTrainingOptions, "data"> {
  data?: string;
  features?: string;
}

/** Options of training on images, which features have behind them. */
const imageOptions = [
  ...([
    "app",
    "weights",
    "offline",
    "weightsSha256",
    "size",
    "layer",
    "pooling",
    "alpha",
    "trainable",
  ] as const),
  ...([
    "preprocess",
    "interpolation",
    "exif",
    "limit",
    "validationSplit",
    "skipBad",
    "cache",
    "augment",
  ] as const),
  ...(Object.keys(augmentPreset) as (keyof typeof augmentPreset)[]),
];

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train a head on extracted features, or a model end to end on images")
    .optionsGroup("Data:")
    .option("--features <file>", "features file written by wgraft extract", path)
    .option("--data <dir>", dataText, path)
    .option(
      "--out <run>",
      "folder for the model, its curves and reports (default: runs/APP-N, the next free N)",
      path,
    );
  addTrainingOptions(command.optionsGroup("Training:"));
  addBaseOptions(command.optionsGroup("Base and images, with --data:"));
  addAugmentationOptions(command.optionsGroup("Augmentation, with --data:"));
  addDeviceOptions(command.optionsGroup("Options:")).action((options: TrainOptions & GlobalOptions) =>
    run(options, (context, own) => train(context, { ...own, precision: options.precision })),
  );
}

function addTrainingOptions(command: Command): void {
  addOption(command, "--optimizer <name>", "optimizer", {
    choices: choices.optimizer,
    initial: defaults.optimizer,
  });
  addOption(command, "--learning-rate <x>", "learning rate", {
    parse: number(0, Infinity, { aboveMin: true }),
    initial: defaults.learningRate,
  });
  addOption(command, "--epochs <n>", "passes over the data", { parse: integer(1), initial: defaults.epochs });
  addOption(command, "--units <n>", "units in the hidden layer", {
    parse: integer(1, 65536),
    initial: defaults.units,
  });
  addOption(command, "--dropout <rate>", "dropout rate after the hidden layer", {
    parse: number(0, 1, { belowMax: true }),
    initial: defaults.dropout,
  });
  addNegatedOption(command, "shuffle", "keep the order of the samples in every epoch")
    .option("--steps-per-epoch <n>", "batches per epoch (default: all)", integer(1))
    .option("--validation-steps <n>", "validation batches (default: all)", integer(1))
    .option(
      "--class-weight <weights>",
      "class weights in the loss: balanced (n / (classes · samples of the class)), or by name or index: cats=1,dogs=2.5",
      parseClassWeight,
    )
    .addOption(
      new Option(
        "--early-stop [patience]",
        "stop after this many epochs without a lower val_loss (loss without validation data); model.h5 gets the " +
          "weights of the best epoch",
      )
        .argParser(integer(1))
        .preset(String(usualPatience)),
    )
    .option(
      "--checkpoint-best",
      "also save the model with the lowest val_loss (or loss) to RUN/checkpoint/best.h5 (last.h5 is always saved)",
    )
    .option("--init <file>", "start from this saved model instead of a new head", path)
    .option("--resume", "resume from RUN/checkpoint")
    .option("--overwrite", "replace an existing run");
  addBatchSizeOption(command);
  addSeedOption(command, "seed of initial weights, dropout, shuffling and augmentation (default: random)");
}

function addBaseOptions(command: Command): void {
  addWeightsHashOption(addWeightsOptions(addApplicationOption(command)));
  addLayerOptions(addSizeOption(command));
  command.option(
    "--trainable <layers>",
    `trained part of the base: none, all, or comma-separated layers and blocks (default: ${defaults.trainable.join()})`,
    list,
  );
  addDataOptions(addImageOptions(command));
}

function addAugmentationOptions(command: Command): void {
  const shift = "largest shift, as a fraction of the size or in pixels from 1";
  const preset = augmentPreset;
  command
    .option("--augment", "enable all of these at the defaults shown; explicit options take precedence")
    .option(
      "--rotation-range <degrees>",
      `rotation in degrees, either way (${preset.rotationRange})`,
      number(0),
    )
    .option("--width-shift-range <x>", `${shift} (${preset.widthShiftRange})`, number(0))
    .option("--height-shift-range <x>", `${shift} (${preset.heightShiftRange})`, number(0))
    .option("--shear-range <degrees>", `shear in degrees, either way (${preset.shearRange})`, number(0))
    .option(
      "--zoom-range <z>",
      `zoom between 1 - z and 1 + z (${preset.zoomRange})`,
      number(0, 1, { belowMax: true }),
    )
    .option("--horizontal-flip", "flip half of the images, at random (on)");
  addOption(command, "--fill-mode <kind>", `fill for pixels outside the image (${preset.fillMode})`, {
    choices: choices.fillMode,
  });
}

async function train(context: CommandContext, options: TrainOptions): Promise<void> {
  const { out, progress } = context;
  const listeners = {
    onProgress: ({ epoch, epochs, step, steps }: TrainingProgress) =>
      progress.show(
        { label: `Epoch ${epoch}/${epochs}`, total: steps, unit: "steps", transient: true },
        step,
      ),
    onEpoch: (epoch: FinishedEpoch) => {
      progress.stop();
      out.result(describeEpoch(epoch));
    },
  };
  try {
    const result = await trainOn({ ...options, ...transferOptions(context), ...listeners }, context);
    progress.stop();
    report(out, result);
  } catch (error) {
    progress.stop();
    if (error instanceof InterruptedError) report(out, error.result as TrainingResult);
    throw error;
  }
}

async function trainOn(options: TrainOptions, { out, progress }: CommandContext): Promise<TrainingResult> {
  const { features, data } = options;
  if (features !== undefined && data !== undefined)
    throw new WgraftError("usage", "train takes either --features or --data, not both");
  if (features !== undefined) {
    const misplaced = imageOptions.find((name) => options[name] !== undefined);
    if (misplaced !== undefined)
      throw new WgraftError("usage", `${flagOf(misplaced)} only applies to training on images (--data)`);
    const { trainHead } = await import("../../transfer/training/trainHead.js");
    return trainHead({ ...options, features });
  }
  if (data === undefined)
    throw new WgraftError(
      "usage",
      "train needs --features FILE, written by wgraft extract, or --data DIR, a folder of images",
    );
  const { trainOnImages } = await import("../../transfer/training/trainOnImages.js");
  return trainOnImages({
    ...options,
    data,
    onSkip: ({ error }) => out.note(`skipped ${error.message}`),
    onPrepare: (done, total, label) => progress.show({ label, total, transient: true }, done),
  });
}

function describeEpoch({ epoch, epochs, seconds, logs }: FinishedEpoch): string {
  const figures = Object.entries(logs).map(([name, value]) => `${name}: ${formatFigure(value)}`);
  return `Epoch ${epoch}/${epochs} - ${formatSeconds(seconds)} - ${figures.join(" - ")}`;
}

function report(out: Output, result: TrainingResult): void {
  out.result(`saved ${result.model}, with curves and reports next to it`);
  const { skipped } = result;
  out.finish({ ...result, ...(skipped && { skipped: skippedJson(skipped) }) });
}
