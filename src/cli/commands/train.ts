import { type Command, Option } from "commander";
import { addBatchSizeOption, addDeviceOptions, addSeedOption, integer, number } from "../options.js";
import { run } from "../run.js";
import type { TrainOptions } from "../train.js";

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train a head on extracted features")
    .option("--features <file>", "what wgraft extract wrote")
    .addOption(new Option("--data <dir>", "train end to end").hideHelp())
    .requiredOption("--out <run>", "folder for the model, its curves and reports")
    .addOption(
      new Option("--optimizer <name>", "what turns gradients into steps")
        .choices(["rmsprop", "sgd", "adam"])
        .default("rmsprop"),
    )
    .option("--learning-rate <x>", "", number(0, Infinity, { aboveMin: true }), 2e-5)
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
    .option("--init <file>", "begin with this saved model in place of a new head")
    .option("--resume", "go on from RUN/checkpoint");
  addBatchSizeOption(command);
  addSeedOption(command, "of initial weights, dropout and shuffling (default: drawn)");
  addDeviceOptions(command).action((options: TrainOptions) =>
    run(options, async (context) => {
      const isGiven = (name: keyof TrainOptions) => command.getOptionValueSource(name) === "cli";
      return (await import("../train.js")).train(context, options, isGiven);
    }),
  );
}
