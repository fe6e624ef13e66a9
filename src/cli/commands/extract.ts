import { type Command, Option } from "commander";
import { applicationNames } from "../../models/applications/catalog.js";
import type { ExtractCommandOptions } from "../extract.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addLayerOptions,
  addPictureOptions,
  addSeedOption,
  addSizeOption,
  addWeightsOptions,
  integer,
  path,
} from "../options.js";
import { run } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("extract")
    .description("run the convolutional base once over DIR/train, DIR/validation and DIR/test")
    .requiredOption(
      "--data <dir>",
      "folder with train, validation, test; in each a subfolder per class",
      path,
    )
    .requiredOption("--out <file>", "the features.h5 to write", path)
    .addOption(new Option("--app <name>", "the base").choices(applicationNames).default("vgg16"))
    .option("--limit <n>", "pictures of each class, the first ones", integer(1))
    .option("--skip-bad", "leave out pictures that do not decode");
  addWeightsOptions(command, "imagenet");
  addLayerOptions(addSizeOption(command));
  addBatchSizeOption(addPictureOptions(command));
  addSeedOption(command, "of random weights");
  addDeviceOptions(command).action((options: ExtractCommandOptions) =>
    run(options, async (context) => (await import("../extract.js")).extract(context, options)),
  );
}
