import { type Command, Option } from "commander";
import { applicationNames } from "../../models/applications/catalog.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addLayerOptions,
  addSizeOption,
  integer,
  list,
} from "../options.js";
import { run } from "../run.js";
import type { SummaryCommandOptions } from "../summary.js";

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description(
      "the layers of a network, their output shapes and parameters; needs no weights, and no GPU but for --memory",
    )
    .argument("<app|file>", `${applicationNames.join(", ")}, or a saved model`)
    .option("--include-top", "with the classifier for ImageNet's 1000 classes");
  addLayerOptions(addSizeOption(command));
  addMemoryOptions(command.optionsGroup("Memory:"));
  addDeviceOptions(command.optionsGroup("Options:")).action((model: string, options: SummaryCommandOptions) =>
    run(options, async (context) => (await import("../summary.js")).summarize(context, model, options)),
  );
}

/** What the memory depends on, in the words of `wgraft train`. */
function addMemoryOptions(command: Command): void {
  addBatchSizeOption(
    command.option("--memory", "what prediction and training would take of the GPU's memory, planned for it"),
  )
    .option(
      "--trainable <layers>",
      "what of the base is trained: none, all, or layers and blocks with commas between (default: none; of a saved model: as it was saved)",
      list,
    )
    .addOption(
      new Option("--optimizer <name>", "default: rmsprop; of a saved model: its own").choices([
        "rmsprop",
        "sgd",
        "adam",
      ]),
    )
    .option("--units <n>", "of the hidden layer that training puts on an application", integer(1, 65536), 256)
    .option("--classes <n>", "that it tells apart", integer(2, 65536), 2);
}
