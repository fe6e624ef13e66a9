import { type Command, Option } from "commander";
import { fillModes } from "../../kernels/image/fillModes.js";
import { applicationNames } from "../../models/applications/catalog.js";
import { parseClassWeight } from "../classWeight.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addLayerOptions,
  addPictureOptions,
  addSeedOption,
  addSizeOption,
  addWeightsOptions,
  integer,
  list,
  number,
  path,
} from "../options.js";
import { run } from "../run.js";
import type { TrainOptions } from "../train.js";

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train a head on extracted features, or a model end to end on pictures")
    .optionsGroup("What is trained on:")
    .option("--features <file>", "what wgraft extract wrote", path)
    .option("--data <dir>", "folder with train, validation; in each a subfolder per class", path)
    .requiredOption("--out <run>", "folder for the model, its curves and reports", path);
  addTrainingOptions(command.optionsGroup("Training:"));
  addBaseOptions(command.optionsGroup("Base and pictures, with --data:"));
  addAugmentationOptions(command.optionsGroup("Augmentation, with --data:"));
  addDeviceOptions(command.optionsGroup("Options:")).action((options: TrainOptions) =>
    run(options, async (context) => {
      const isGiven = (name: keyof TrainOptions) => command.getOptionValueSource(name) === "cli";
      return (await import("../train.js")).train(context, options, isGiven);
    }),
  );
}

function addTrainingOptions(command: Command): void {
  command
    .addOption(
      new Option("--optimizer <name>", "what turns gradients into steps")
        .choices(["rmsprop", "sgd", "adam"])
        .default("rmsprop"),
    )
    .option("--learning-rate <x>", "size of the steps", number(0, Infinity, { aboveMin: true }), 2e-5)
    .option("--epochs <n>", "passes over the data", integer(1), 30)
    .option("--units <n>", "of the hidden layer", integer(1, 65536), 256)
    .option(
      "--dropout <rate>",
      "share of the hidden layer that each step drops",
      number(0, 1, { belowMax: true }),
      0.5,
    )
    .option("--no-shuffle", "take the samples as they stand in every epoch")
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
        .preset("5"),
    )
    .option(
      "--checkpoint-best",
      "keep the model of the epoch with the lowest val_loss, or loss, in RUN/checkpoint/best.h5 (last.h5 is always kept)",
    )
    .option("--init <file>", "begin with this saved model in place of a new head", path)
    .option("--resume", "go on from RUN/checkpoint");
  addBatchSizeOption(command);
  addSeedOption(command, "of initial weights, dropout, shuffling and augmentation (default: drawn)");
}

function addBaseOptions(command: Command): void {
  command.addOption(new Option("--app <name>", "the base").choices(applicationNames).default("vgg16"));
  addWeightsOptions(command, "imagenet");
  addLayerOptions(addSizeOption(command));
  command.option(
    "--trainable <layers>",
    "what of the base is trained: none, all, or layers and blocks with commas between (default: none)",
    list,
  );
  addPictureOptions(command)
    .option("--limit <n>", "pictures of each class, the first ones", integer(1))
    .option("--skip-bad", "leave out pictures that do not decode");
}

function addAugmentationOptions(command: Command): void {
  const shift = "fraction of the size, or pixels from 1 on";
  command
    .option("--augment", "all of these at the values in brackets; one typed beside it goes before")
    .option("--rotation-range <degrees>", "turn, either way (40)", number(0))
    .option("--width-shift-range <x>", `${shift} (0.2)`, number(0))
    .option("--height-shift-range <x>", `${shift} (0.2)`, number(0))
    .option("--shear-range <degrees>", "slant, either way (0.2)", number(0))
    .option("--zoom-range <z>", "between 1 - z and 1 + z (0.2)", number(0, 1, { belowMax: true }))
    .option("--horizontal-flip", "mirror every other picture, at random (on)")
    .addOption(new Option("--fill-mode <kind>", "what lies outside a picture (nearest)").choices(fillModes));
}
