import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import type {
  Classifier,
  ClassifierOptions,
  PredictFilesOptions,
} from "../../transfer/classifier/classifier.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, optionTable, readingOptions, remembered } from "../optionTable.js";
import { choices } from "../../transfer/defaults.js";
import { existingModel } from "../../transfer/run/files.js";
import { formatTable } from "../../format.js";
import { skippedJson } from "../output.js";
import { list } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface PredictOptions extends ClassifierOptions {
  model: string;
}

const own = {
  ...remembered,
  model: {
    ...optionTable.model,
    what: `${optionTable.model.what}; or the name of an application, for ImageNet's classes`,
  },
  classNames: option("<names>", "comma-separated class names, if the model stores none", { parse: list }),
  classIndex: option(
    "<file>",
    "ImageNet's class names, for an application (default: Keras's file, downloaded once)",
  ),
  skipBad: flag("skip images that do not decode, and list them"),
};

export function register(program: Command): void {
  const command = program
    .command("predict")
    .description("predict the class of each image")
    .argument("<image...>", "image files, or folders of them");
  addOptions(command, ["model", "classNames", "classIndex", "skipBad"], own);
  addOptions(command, [...readingOptions, "batchSize", ...deviceOptions], own).action(
    (images: string[], options: PredictOptions & GlobalOptions) =>
      // Somebody waits for a few images: measuring kernels would take longer than the answer.
      run({ ...options, autotune: false }, (context, own) => predict(context, images, own)),
  );
}

async function predict(
  context: CommandContext,
  images: readonly string[],
  { model, ...options }: PredictOptions,
): Promise<void> {
  // A mistyped path is answered before the library is loaded.
  if (!(choices.app as readonly string[]).includes(model)) await existingModel(model);
  const { Classifier } = await import("../../transfer/classifier/classifier.js");
  const classifier = await Classifier.open(model, { ...options, ...transferOptions(context) });
  if (classifier.meaning === "values") return predictValues(context, classifier, images, model);
  const { classNames } = classifier;
  const { found, skipped, omitted } = await collect(context, (listeners) =>
    classifier.predictFiles(images, listeners),
  );
  const rows = found.map(({ file, label, probability }) => [file, label, probability.toFixed(4)]);
  report(context, rows, skipped, {
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
  report(context, rows, skipped, { model, values: found, skipped: skippedJson(skipped), omitted });
}

/** @param rows a line of text for each image that could be read */
function report({ out }: CommandContext, rows: string[][], skipped: readonly SkippedImage[], json: object) {
  for (const line of formatTable(rows)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish(json);
  if (rows.length === 0) throw new WgraftError("bad-input", "none of the images could be read");
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
