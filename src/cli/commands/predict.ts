import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import type {
  Classifier,
  ClassifierOptions,
  FilePrediction,
  FileValues,
} from "../../transfer/classifier/classifier.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addImageOptions,
  addModelOption,
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
    .description("class and probability of each picture")
    .argument("<image...>", "picture files");
  addModelOption(command)
    .option("--class-names <names>", "of a model that does not tell them, with commas between", list)
    .option("--skip-bad", "list pictures that do not decode, and go on");
  addWeightsOptions(command, { remembered: true });
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
  const { out, progress } = context;
  const classifier = await Classifier.open(model, { ...options, ...transferOptions(context) });
  if (classifier.meaning === "values") return predictValues(context, classifier, images, model);
  const { classNames } = classifier;
  const found: FilePrediction[] = [];
  const skipped: SkippedImage[] = [];
  const task = { label: "predict", total: images.length, transient: true };
  progress.show(task, 0);
  for await (const prediction of classifier.predictFiles(images, { onSkip: (one) => skipped.push(one) })) {
    found.push(prediction);
    progress.show(task, found.length + skipped.length);
  }
  progress.stop();
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
  });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the pictures could be read");
}

/** Of a model whose outputs are neither probabilities nor logits as far as anything tells. */
async function predictValues(
  { out, progress }: CommandContext,
  classifier: Classifier,
  images: readonly string[],
  model: string,
): Promise<void> {
  const found: FileValues[] = [];
  const skipped: SkippedImage[] = [];
  const task = { label: "predict", total: images.length, transient: true };
  progress.show(task, 0);
  for await (const values of classifier.values(images, { onSkip: (one) => skipped.push(one) })) {
    found.push(values);
    progress.show(task, found.length + skipped.length);
  }
  progress.stop();
  out.note(
    `${model}: its outputs are values: it ends in neither sigmoid nor softmax, and no loss is recorded`,
  );
  const rows = found.map(({ file, values }) => [file, "value", ...values.map((value) => value.toFixed(4))]);
  for (const line of formatTable(rows)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish({ model, values: found, skipped: skippedJson(skipped) });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the pictures could be read");
}
