import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import type { Classifier } from "../../transfer/classifier/classifier.js";
import type { ClassifierOptions, ValuesOptions } from "../../transfer/classifier/classifierOptions.js";
import type { ImageInput } from "../../transfer/classifier/imageInput.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, optionTable, readingOptions, remembered } from "../optionTable.js";
import { choices, isApplication } from "../../transfer/defaults.js";
import { existingModel } from "../../transfer/run/files.js";
import { formatTable } from "../../format.js";
import { skippedJson } from "../output.js";
import { integer, list, path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface PredictOptions extends ClassifierOptions {
  model: string;
  filesFrom?: string;
  top?: number;
  csv?: boolean;
}

/** Of every command that classifies images. */
export const modelOptions = {
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
  filesFrom: option("<file>", "read more paths from this file, one a line; - is stdin", { parse: path }),
};

const own = {
  ...modelOptions,
  top: option("<k>", "the k most probable classes of each image (default: 1)", { parse: integer(1) }),
  csv: flag("print CSV on stdout: file, rank, class, probability"),
};

export function register(program: Command): void {
  const command = program
    .command("predict")
    .description("predict the class of each image")
    .argument("[image...]", "image files, folders of them, or - for one image on standard input");
  addOptions(command, ["model", "filesFrom", "top", "csv", "classNames", "classIndex", "skipBad"], own);
  addOptions(command, [...readingOptions, "batchSize", ...deviceOptions], own).action(
    (images: string[], options: PredictOptions & GlobalOptions) =>
      run(options, (context, own) => predict(context, images, own)),
  );
}

async function predict(
  context: CommandContext,
  paths: readonly string[],
  { model, filesFrom, top, csv, ...options }: PredictOptions,
): Promise<void> {
  if (csv && context.out.json)
    throw new WgraftError("usage", "--csv and --json contradict each other; omit one");
  const { typedInputs } = await import("../../transfer/classifier/typedInputs.js");
  const images = await typedInputs(paths, filesFrom);
  // A mistyped path is answered before the library is loaded.
  if (!isApplication(model)) await existingModel(model, choices.app);
  const { Classifier } = await import("../../transfer/classifier/classifier.js");
  const classifier = await Classifier.open(model, { ...options, ...transferOptions(context) });
  if (classifier.meaning === "values") {
    if (csv || top !== undefined)
      throw new WgraftError("usage", `${model}: its outputs are values, not classes; omit --csv and --top`);
    return predictValues(context, classifier, images, model);
  }
  const { classNames } = classifier;
  const { predictionLines, predictionsHeader } = await import("../../transfer/classifier/predictionsCsv.js");
  if (csv) context.out.data(predictionsHeader);
  const { found, skipped, omitted } = await collect(
    context,
    (listeners) => classifier.predictFiles(images, { ...listeners, top }),
    csv ? (one) => predictionLines(one).forEach((line) => context.out.data(line)) : undefined,
  );
  const rows = found.map(({ file, top }) => [
    file,
    ...top.flatMap(({ label, probability }) => [label, probability.toFixed(4)]),
  ]);
  report(context, csv ? [] : rows, found.length, skipped, {
    model,
    classNames,
    predictions: found.map(({ file, label, probability, probabilities, top: best }) => ({
      file,
      class: label,
      probability,
      ...(top !== undefined && {
        top: best.map(({ label, probability }) => ({ class: label, probability })),
      }),
      probabilities: Object.fromEntries(probabilities.map((p, i) => [classNames[i], p])),
    })),
    skipped: skippedJson(skipped),
    omitted,
  });
  if (isApplication(model)) context.out.next(["train", "--data", "DIR", "--preset", "quick"]);
  else
    context.out.next(["evaluate", "--model", model, "--data", "DIR"], ["explain", "--model", model, "IMAGE"]);
}

/** Of a model whose outputs are neither probabilities nor logits as far as is known. */
async function predictValues(
  context: CommandContext,
  classifier: Classifier,
  images: readonly ImageInput[],
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
  report(context, rows, found.length, skipped, {
    model,
    values: found,
    skipped: skippedJson(skipped),
    omitted,
  });
}

/** @param rows lines of text @param count images that could be read */
function report(
  { out }: CommandContext,
  rows: string[][],
  count: number,
  skipped: readonly SkippedImage[],
  json: object,
) {
  for (const line of formatTable(rows)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish(json);
  if (count === 0) throw new WgraftError("bad-input", "none of the images could be read");
}

/** All that comes of the images, and those that are skipped. Shows how far it is. */
async function collect<T>(
  { progress, out }: CommandContext,
  start: (listeners: ValuesOptions) => AsyncIterable<T>,
  onFound?: (one: T) => void,
): Promise<{ found: T[]; skipped: SkippedImage[]; omitted?: Omitted }> {
  const [found, skipped]: [T[], SkippedImage[]] = [[], []];
  let omitted: Omitted | undefined;
  const task = { label: "predict", total: 0, transient: true };
  const onFiles: ValuesOptions["onFiles"] = (count, others) => {
    task.total = count;
    omitted = others;
    const line = describeOmitted(others);
    if (line !== undefined) out.note(line);
    progress.show(task, 0);
  };
  for await (const one of start({ onSkip: (bad) => skipped.push(bad), onFiles })) {
    found.push(one);
    // A terminal cannot show both lines of a result and how far it is.
    if (onFound && process.stdout.isTTY) progress.stop();
    onFound?.(one);
    progress.show(task, found.length + skipped.length);
  }
  progress.stop();
  return { found, skipped, omitted };
}
