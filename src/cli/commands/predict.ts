import type { Command } from "commander";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addPictureOptions,
  addWeightsOptions,
  list,
  path,
} from "../options.js";
import type { PredictOptions } from "../predict.js";
import { run } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("predict")
    .description("class and probability of each picture")
    .argument("<image...>", "picture files")
    .requiredOption(
      "--model <file>",
      "a model.h5 of wgraft train, or a Keras model that takes pictures",
      path,
    )
    .option("--class-names <names>", "of a model that does not tell them, with commas between", list)
    .option("--skip-bad", "list pictures that do not decode, and go on");
  addWeightsOptions(command);
  addBatchSizeOption(addPictureOptions(command, { remembered: true }));
  addDeviceOptions(command).action((images: string[], options: PredictOptions) =>
    // Somebody waits for a few pictures: measuring kernels would take longer than the answer.
    run({ ...options, autotune: false }, async (context) =>
      (await import("../predict.js")).predict(context, images, options),
    ),
  );
}
