import { type Command, Option } from "commander";
import type { EvaluateOptions } from "../evaluate.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addPictureOptions,
  addWeightsOptions,
  integer,
  path,
} from "../options.js";
import { run } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("evaluate")
    .description("loss, accuracy, confusion matrix and the worst mistakes of a saved model")
    .requiredOption(
      "--model <file>",
      "a model.h5 of wgraft train, or a Keras model that takes pictures",
      path,
    )
    .option("--data <dir>", "folder with train, validation, test", path)
    .option("--features <file>", "features of such a folder, in place of --data", path)
    .addOption(
      new Option("--split <name>", "which of them").choices(["train", "validation", "test"]).default("test"),
    )
    .option("--limit <n>", "pictures of each class, the first ones", integer(1))
    .option("--mistakes <n>", "how many to show", integer(0), 10)
    .option("--skip-bad", "leave out pictures that do not decode");
  addWeightsOptions(command);
  addBatchSizeOption(addPictureOptions(command, { remembered: true }));
  addDeviceOptions(command).action((options: EvaluateOptions) =>
    run(options, async (context) => (await import("../evaluate.js")).evaluate(context, options)),
  );
}
