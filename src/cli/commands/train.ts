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
  overwriteText,
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
    .description("train a head on extracted features, or a model end to end on pictures")
    .optionsGroup("What is trained on:")
    .option("--features <file>", "what wgraft extract wrote", path)
    .option("--data <dir>", dataText, path)
    .option(
      "--out <run>",
      "folder for the model, its curves and reports (default: runs/APP-N, the next free N)",
      path,
    );
  addTrainingOptions(command.optionsGroup("Training:"));
  addBaseOptions(command.optionsGroup("Base and pictures, with --data:"));
  addAugmentationOptions(command.optionsGroup("Augmentation, with --data:"));
  addDeviceOptions(command.optionsGroup("Options:")).action((options: TrainOptions & GlobalOptions) =>
    run(options, (context, own) => train(context, { ...own, precision: options.precision })),
  );
}

function addTrainingOptions(command: Command): void {
  addOption(command, "--optimizer <name>", "what turns gradients into steps", {
    choices: choices.optimizer,
    initial: defaults.optimizer,
  });
  addOption(command, "--learning-rate <x>", "size of the steps", {
    parse: number(0, Infinity, { aboveMin: true }),
    initial: defaults.learningRate,
  });
  addOption(command, "--epochs <n>", "passes over the data", { parse: integer(1), initial: defaults.epochs });
  addOption(command, "--units <n>", "of the hidden layer", {
    parse: integer(1, 65536),
    initial: defaults.units,
  });
  addOption(command, "--dropout <rate>", "share of the hidden layer that each step drops", {
    parse: number(0, 1, { belowMax: true }),
    initial: defaults.dropout,
  });
  addNegatedOption(command, "shuffle", "take the samples as they stand in every epoch")
    .option("--steps-per-epoch <n>", "batches of an epoch (default: all)", integer(1))
    .option("--validation-steps <n>", "batches of a validation (default: all)", integer(1))
    .option(
      "--class-weight <weights>",
      "of classes in the loss: balanced (n / (classes · samples of the class)), or by name or index: cats=1,dogs=2.5",
      parseClassWeight,
    )
    .addOption(
      new Option(
        "--early-stop [patience]",
        "end after so many epochs without a lower val_loss, or loss where nothing is validated; model.h5 gets the " +
          "weights of the best epoch",
      )
        .argParser(integer(1))
        .preset(String(usualPatience)),
    )
    .option(
      "--checkpoint-best",
      "keep the model of the epoch with the lowest val_loss, or loss, in RUN/checkpoint/best.h5 (last.h5 is always kept)",
    )
    .option("--init <file>", "begin with this saved model in place of a new head", path)
    .option("--resume", "resume from RUN/checkpoint")
    .option("--overwrite", overwriteText);
  addBatchSizeOption(command);
  addSeedOption(command, "of initial weights, dropout, shuffling and augmentation (default: drawn)");
}

function addBaseOptions(command: Command): void {
  addWeightsHashOption(addWeightsOptions(addApplicationOption(command)));
  addLayerOptions(addSizeOption(command));
  command.option(
    "--trainable <layers>",
    `what of the base is trained: none, all, or layers and blocks with commas between (default: ${defaults.trainable.join()})`,
    list,
  );
  addDataOptions(addImageOptions(command));
}

function addAugmentationOptions(command: Command): void {
  const shift = "fraction of the size, or pixels from 1 on";
  const preset = augmentPreset;
  command
    .option("--augment", "all of these at the values in brackets; one typed beside it goes before")
    .option("--rotation-range <degrees>", `turn, either way (${preset.rotationRange})`, number(0))
    .option("--width-shift-range <x>", `${shift} (${preset.widthShiftRange})`, number(0))
    .option("--height-shift-range <x>", `${shift} (${preset.heightShiftRange})`, number(0))
    .option("--shear-range <degrees>", `slant, either way (${preset.shearRange})`, number(0))
    .option(
      "--zoom-range <z>",
      `between 1 - z and 1 + z (${preset.zoomRange})`,
      number(0, 1, { belowMax: true }),
    )
    .option("--horizontal-flip", "mirror every other picture, at random (on)");
  addOption(command, "--fill-mode <kind>", `what lies outside a picture (${preset.fillMode})`, {
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
      throw new WgraftError("usage", `${flagOf(misplaced)} is for training on pictures (--data)`);
    const { trainHead } = await import("../../transfer/training/trainHead.js");
    return trainHead({ ...options, features });
  }
  if (data === undefined)
    throw new WgraftError(
      "usage",
      "train needs --features FILE, what wgraft extract wrote, or --data DIR, a folder of pictures",
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
  out.result(`saved ${result.model}, with curves and reports beside it`);
  const { skipped } = result;
  out.finish({ ...result, ...(skipped && { skipped: skippedJson(skipped) }) });
}
