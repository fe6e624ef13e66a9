import type { Command } from "commander";
import type { CheckDataOptions } from "../../transfer/check/checkData.js";
import { defaults } from "../../transfer/defaults.js";
import { withFlags } from "../flags.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, optionTable } from "../optionTable.js";
import { integer, number, path } from "../parsers.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface CheckDataCommandOptions extends Omit<CheckDataOptions, "data"> {
  out?: string;
  overwrite?: boolean;
}

/** Said where the default is none: naming a base turns on what needs features. */
const base = "; turns on the checks by features (default: none)";

const own = {
  out: option("<file>", "also write an HTML page with the images", { parse: path }),
  overwrite: flag("replace what --out names, if it exists"),
  app: { ...optionTable.app, what: `pretrained base${base}`, initial: undefined },
  weights: { ...optionTable.weights, initial: undefined },
  model: { ...optionTable.model, what: `${optionTable.model.what}, as the base${base}`, required: false },
  similarity: option("<x>", "cosine of features from which on images are near duplicates", {
    parse: number(0, 1, { aboveMin: true }),
    initial: defaults.similarity,
  }),
  folds: option("<n>", "parts of the cross-validation", { parse: integer(2, 100), initial: defaults.folds }),
  seed: { ...optionTable.seed, what: "seed of the folds and of random weights (default: 0)" },
};

export function register(program: Command): void {
  const command = program
    .command("check-data")
    .description("look for copies, leaks, wrong labels and odd images in DIR; nothing is changed")
    .argument("<dir>", "folder with a subfolder per class, or with train, validation and test folders");
  addOptions(command, ["out", "overwrite", "limit", "app", "model", "similarity", "folds", "cache"], own);
  addOptions(command, ["weights", "offline", "weightsSha256", "size", "layer", "pooling", "alpha"], own);
  addOptions(command, ["preprocess", "interpolation", "exif", "batchSize", "seed", ...deviceOptions], own);
  command.action((dir: string, options: CheckDataCommandOptions & GlobalOptions) =>
    run(options, (context, own) => check(context, dir, own)),
  );
}

async function check(
  context: CommandContext,
  data: string,
  { out: page, overwrite, ...options }: CheckDataCommandOptions,
): Promise<void> {
  const { out, progress } = context;
  const { checkData } = await import("../../transfer/check/checkData.js");
  const { dataCheckLines } = await import("../../transfer/check/lines.js");
  const { refuseExistingPage, writeDataPage } = await import("../../transfer/check/writePage.js");
  if (page !== undefined && !overwrite) await refuseExistingPage(page);
  const result = await checkData({
    ...{ data, ...options, ...transferOptions(context) },
    onCheck: (done, total) => progress.show({ label: "check", total, transient: true }, done),
    onProgress: (done, total, label) =>
      progress.show({ label, total, unit: label === "features" ? "img" : "folds", transient: true }, done),
  });
  progress.stop();
  // Before the lines: their reader may have seen enough of them (head).
  if (page !== undefined) await writeDataPage(result, page);
  for (const line of dataCheckLines(result)) out.result(withFlags(line));
  out.finish({ ...result, ...(page !== undefined && { page }) });
  if (page !== undefined) out.note(`wrote ${page}`);
  const again = ["check-data", data, "--app", "mobilenet", "--out", "data.html"];
  out.next(...(result.features ? [] : [again]), ["train", "--data", data, "--preset", "quick"]);
}
