import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import type { EvaluationResult, ImageEvaluationOptions } from "../../transfer/classifier/evaluate.js";
import { choices, defaults } from "../../transfer/defaults.js";
import { flagOf } from "../flags.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addImageOptions,
  addLimitOption,
  addModelOption,
  addOption,
  addSizeOption,
  addWeightsOptions,
  dataText,
} from "../options.js";
import { formatSeconds, formatTable, skippedJson, type Output } from "../output.js";
import { integer, path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface EvaluateOptions extends Omit<ImageEvaluationOptions, "data"> {
  data?: string;
  features?: string;
}

/** Options that say which images, and how they become features. */
const imageOptions = [
  "weights",
  "offline",
  "size",
  "preprocess",
  "interpolation",
  "exif",
  "limit",
  "skipBad",
] as const;

export function register(program: Command): void {
  const command = program
    .command("evaluate")
    .description("report loss, accuracy, confusion matrix and the worst mistakes of a saved model");
  addModelOption(command)
    .option("--data <dir>", dataText, path)
    .option("--features <file>", "features file to evaluate on, instead of --data", path);
  addOption(
    command,
    "--split <name>",
    "split to evaluate on (default: test if there is one, else validation)",
    {
      choices: choices.split,
    },
  );
  addLimitOption(command);
  addOption(command, "--mistakes <n>", "number of mistakes to show", {
    parse: integer(0),
    initial: defaults.mistakes,
  }).option("--skip-bad", "skip images that do not decode");
  addWeightsOptions(command, { remembered: true });
  addSizeOption(command, { remembered: true });
  addBatchSizeOption(addImageOptions(command, { remembered: true }));
  addDeviceOptions(command).action((options: EvaluateOptions & GlobalOptions) => run(options, evaluate));
}

async function evaluate(context: CommandContext, options: EvaluateOptions): Promise<void> {
  const { out, progress } = context;
  const { data, features } = options;
  if ((data === undefined) === (features === undefined))
    throw new WgraftError("usage", "evaluate needs either --data DIR or --features FILE");
  const misplaced = data === undefined ? imageOptions.find((name) => options[name] !== undefined) : undefined;
  if (misplaced !== undefined)
    throw new WgraftError("usage", `${flagOf(misplaced)} only applies to evaluation on images (--data)`);
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
  report(out, result);
}

function report(out: Output, result: EvaluationResult): void {
  const { split, samples, loss, accuracy, confusion, classNames, mistakes, mistakeCount, seconds } = result;
  out.result(`${split}: ${samples} images - loss: ${loss.toFixed(4)} - acc: ${accuracy.toFixed(4)}`);
  out.result();
  const header = ["actual \\ predicted", ...classNames];
  const rows = confusion.map((row, i) => [classNames[i], ...row.map(String)]);
  for (const line of formatTable([header, ...rows])) out.result(line);
  if (mistakes.length > 0) {
    out.result();
    out.result(`the worst of ${mistakeCount} mistakes:`);
    const lines = mistakes.map(({ file, class: actual, predicted, probability }) => [
      `  ${file}`,
      `is ${actual}`,
      `predicted ${predicted}`,
      probability.toFixed(4),
    ]);
    for (const line of formatTable(lines)) out.result(line);
  }
  out.note(`${samples} images in ${formatSeconds(seconds)}`);
  out.finish({ ...result, skipped: skippedJson(result.skipped) });
}
