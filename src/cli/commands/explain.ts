import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import type { ClassifierOptions } from "../../transfer/classifier/classifierOptions.js";
import { choices, defaults, isApplication } from "../../transfer/defaults.js";
import type { ExplainedFile, ExplainFilesOptions } from "../../transfer/explain/explainFiles.js";
import { existingModel } from "../../transfer/run/files.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, readingOptions } from "../optionTable.js";
import { modelOptions } from "./predict.js";
import { skippedJson } from "../output.js";
import { path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface ExplainCommandOptions extends ClassifierOptions, Omit<ExplainFilesOptions, "out"> {
  model: string;
  filesFrom?: string;
  out?: string;
}

const own = {
  ...modelOptions,
  out: option("<dir>", "folder for a PNG file of each image", {
    parse: path,
    initial: defaults.explanations,
  }),
  overwrite: flag("replace files that exist"),
  layer: option(
    "<name>",
    "layer whose maps are used, MODEL/LAYER within an inner model (default: the last one with more than one position)",
  ),
  class: option("<name>", "class to explain, by name or index (default: the predicted one)"),
  featureMaps: flag("write what the layer outputs, all its channels in a grid, instead of a heat map"),
};

export function register(program: Command): void {
  const command = program
    .command("explain")
    .description("show where in each image the model saw a class (Grad-CAM)")
    .argument("[image...]", "image files, folders of them, or - for one image on standard input");
  addOptions(command, ["model", "out", "overwrite", "layer", "class", "featureMaps", "filesFrom"], own);
  addOptions(command, ["classNames", "classIndex", "skipBad", ...readingOptions, ...deviceOptions], own);
  command.action((images: string[], options: ExplainCommandOptions & GlobalOptions) =>
    run(options, (context, own) => explain(context, images, own)),
  );
}

async function explain(
  context: CommandContext,
  paths: readonly string[],
  { model, filesFrom, out: folder = defaults.explanations, ...given }: ExplainCommandOptions,
): Promise<void> {
  const { out, progress } = context;
  const { layer, class: wanted, featureMaps, overwrite, ...options } = given;
  const { typedInputs } = await import("../../transfer/classifier/typedInputs.js");
  const images = await typedInputs(paths, filesFrom);
  if (!isApplication(model)) await existingModel(model, choices.app);
  const { Classifier } = await import("../../transfer/classifier/classifier.js");
  const { explainFiles } = await import("../../transfer/explain/explainFiles.js");
  const { explainedLines } = await import("../../transfer/explain/lines.js");
  const classifier = await Classifier.open(model, { ...options, ...transferOptions(context) });
  const [found, skipped]: [ExplainedFile[], SkippedImage[]] = [[], []];
  let omitted: Omitted | undefined;
  const task = { label: "explain", total: 0, transient: true };
  const listeners = {
    onSkip: (bad: SkippedImage) => skipped.push(bad),
    onFiles: (count: number, others: Omitted) => {
      [task.total, omitted] = [count, others];
      const line = describeOmitted(others);
      if (line !== undefined) out.note(line);
    },
  };
  const asked = { layer, class: wanted, featureMaps, overwrite, out: folder, signal: context.signal };
  for await (const one of explainFiles(classifier, images, { ...asked, ...listeners })) {
    found.push(one);
    progress.show(task, found.length + skipped.length);
  }
  progress.stop();
  for (const line of explainedLines(found)) out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish({ model, out: folder, images: found, skipped: skippedJson(skipped), omitted });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the images could be read");
  out.note(featureMaps ? `channels of layer ${found[0].layer}` : `heat maps of layer ${found[0].layer}`);
  out.next(["explain", "--model", model, "--feature-maps", "--out", "feature-maps", "IMAGE"]);
}
