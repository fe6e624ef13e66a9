import type { Command } from "commander";
import { addJsonOption, addLayerOptions, addSizeOption } from "../options.js";
import { run } from "../run.js";
import type { SummaryCommandOptions } from "../summary.js";

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description("the layers of a network, their output shapes and parameters; needs no GPU and no weights")
    .argument("<app|file>", "vgg16, vgg19, mobilenet, or a saved model")
    .option("--include-top", "with the classifier for ImageNet's 1000 classes");
  addJsonOption(addLayerOptions(addSizeOption(command))).action(
    (model: string, options: SummaryCommandOptions) =>
      run(options, async (context) => (await import("../summary.js")).summarize(context, model, options)),
  );
}
