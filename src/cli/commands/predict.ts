import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import type {
  Classifier,
  ClassifierOptions,
  PredictFilesOptions,
} from "../../transfer/classifier/classifier.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addImageOptions,
  addModelOption,
  addSizeOption,
  addWeightsOptions,
} from "../options.js";
import { formatTable, skippedJson } from "../output.js";
import { list } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface PredictOptions extends ClassifierOptions {
  model: string;
}

export function register(program: Command): void {
  const command = program
    .command("predict")
    .description("predict the class of each image")
    .argument("<image...>", "image files, or folders of them");
  addModelOption(command, "; or the name of an application, for ImageNet's classes")
    .option("--class-names <names>", "comma-separated class names, if the model stores none", list)
    .option(
      "--class-index <file>",
      "ImageNet's class names, for an application (default: Keras's file, downloaded once)",
    )
    .option("--skip-bad", "skip images that do not decode, and list them");
  addWeightsOptions(command, { remembered: true });
  addSizeOption(command, { remembered: true });
  addBatchSizeOption(addImageOptions(command, { remembered: true }));
  addDeviceOptions(command).action((images: string[], options: PredictOptions & GlobalOptions) =>
    // Somebody waits for a few images: measuring kernels would take longer than the answer.
    run({ ...options, autotune: false }, (context, own) => predict(context, images, own)),
  );
}

async function predict(
  context: CommandContext,
  images: readonly string[],
  { model, ...options }: PredictOptions,
): Promise<void> {
  const { Classifier } = await import("../../transfer/classifier/classifier.js");
  const { out } = context;
  const classifier = await Classifier.open(model, { ...options, ...transferOptions(context) });
  if (classifier.meaning === "values") return predictValues(context, classifier, images, model);
  const { classNames } = classifier;
  const { found, skipped, omitted } = await collect(context, (listeners) =>
    classifier.predictFiles(images, listeners),
  );
  const rows = found.map(({ file, label, probability }) => [file, label, probability.toFixed(4)]);
  for (const line of formatTable(rows)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish({
    model,
    classNames,
    predictions: found.map(({ file, label, probability, probabilities }) => ({
      file,
      class: label,
      probability,
      probabilities: Object.fromEntries(probabilities.map((p, i) => [classNames[i], p])),
    })),
    skipped: skippedJson(skipped),
    omitted,
  });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the images could be read");
}

/** Of a model whose outputs are neither probabilities nor logits as far as is known. */
async function predictValues(
  context: CommandContext,
  classifier: Classifier,
  images: readonly string[],
  model: string,
): Promise<void> {
  const { out } = context;
  const { found, skipped, omitted } = await collect(context, (listeners) =>
    classifier.values(images, listeners),
  );
  out.note(
    `${model}: its outputs are values: it ends in neither sigmoid nor softmax, and no loss is recorded`,
  );
  const rows = found.map(({ file, values }) => [file, "value", ...values.map((value) => value.toFixed(4))]);
  for (const line of formatTable(rows)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish({ model, values: found, skipped: skippedJson(skipped), omitted });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the images could be read");
}

/** All that comes of the images, and those that are skipped. Shows how far it is. */
async function collect<T>(
  { progress, out }: CommandContext,
  start: (listeners: PredictFilesOptions) => AsyncIterable<T>,
): Promise<{ found: T[]; skipped: SkippedImage[]; omitted?: Omitted }> {
  const [found, skipped]: [T[], SkippedImage[]] = [[], []];
  let omitted: Omitted | undefined;
  const task = { label: "predict", total: 0, transient: true };
  const onFiles: PredictFilesOptions["onFiles"] = (count, others) => {
    task.total = count;
    omitted = others;
    const line = describeOmitted(others);
    if (line !== undefined) out.note(line);
    progress.show(task, 0);
  };
  for await (const one of start({ onSkip: (bad) => skipped.push(bad), onFiles })) {
    found.push(one);
    progress.show(task, found.length + skipped.length);
  }
  progress.stop();
  return { found, skipped, omitted };
}
