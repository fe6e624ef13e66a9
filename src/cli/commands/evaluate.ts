import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import type { EvaluationResult, ImageEvaluationOptions } from "../../transfer/classifier/evaluate.js";
import { choices, defaults } from "../../transfer/defaults.js";
import { refuseOptions } from "../flags.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, optionTable, readingOptions, remembered } from "../optionTable.js";
import { formatSeconds } from "../../format.js";
import { skippedJson, type Output } from "../output.js";
import { integer, path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface EvaluateOptions extends Omit<ImageEvaluationOptions, "data"> {
  data?: string;
  features?: string;
}

/** Options that say which images, and how they become features. */
const imageOptions = ["limit", "skipBad", ...readingOptions] as const;

const own = {
  ...remembered,
  features: { ...optionTable.features, what: "features file to evaluate on, instead of --data" },
  split: option("<name>", "split to evaluate on (default: test if there is one, else validation)", {
    choices: choices.split,
  }),
  mistakes: option("<n>", "number of mistakes to show", { parse: integer(0), initial: defaults.mistakes }),
  report: option("<file>", "also write figures, plots and the worst mistakes as a page, FILE.html", {
    parse: path,
  }),
  skipBad: flag("skip images that do not decode"),
};

export function register(program: Command): void {
  const command = program
    .command("evaluate")
    .description("report loss, accuracy, figures by class and the worst mistakes of a saved model");
  addOptions(command, ["model", "data", "features", "split", "mistakes", "report", ...imageOptions], own);
  addOptions(command, ["batchSize", ...deviceOptions]).action((options: EvaluateOptions & GlobalOptions) =>
    run(options, evaluate),
  );
}

async function evaluate(context: CommandContext, options: EvaluateOptions): Promise<void> {
  const { out, progress } = context;
  const { data, features } = options;
  if ((data === undefined) === (features === undefined))
    throw new WgraftError("usage", "evaluate needs either --data DIR or --features FILE");
  if (data === undefined) refuseOptions(options, imageOptions, "evaluation on images (--data)");
  const { evaluateOnFeatures, evaluateOnImages } = await import("../../transfer/classifier/evaluate.js");
  const common = {
    ...options,
    ...transferOptions(context),
    onProgress: (done: number, total: number) => progress.show({ label: "evaluate", total }, done),
  };
  const onSkip = ({ error }: SkippedImage) => out.note(`skipped ${error.message}`);
  const result =
    data === undefined
      ? await evaluateOnFeatures({ ...common, features: features! })
      : await evaluateOnImages({ ...common, data, onSkip });
  progress.stop();
  const { evaluationLines } = await import("../../transfer/classifier/evaluationLines.js");
  report(out, result, evaluationLines(result), options.model);
}

function report(out: Output, result: EvaluationResult, lines: readonly string[], model: string): void {
  for (const line of lines) out.result(line);
  if (result.report !== undefined) out.note(`wrote ${result.report}`);
  out.note(`${result.samples} images in ${formatSeconds(result.seconds)}`);
  out.finish({ ...result, skipped: skippedJson(result.skipped) });
  out.next(["predict", "--model", model, "IMAGE"]);
}
