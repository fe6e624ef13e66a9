import type { Command } from "commander";
import type { ExtractionOptions, ExtractionResult } from "../../transfer/data/extract.js";
import { InterruptedError } from "../../transfer/interrupted.js";
import { addOptions, deviceOptions, optionTable } from "../optionTable.js";
import { formatSeconds } from "../../format.js";
import { skippedJson, type Output } from "../output.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

const own = {
  data: { ...optionTable.data, required: true },
  out: { ...optionTable.out, takes: "<file>", what: "the features.h5 to write", required: true },
  model: {
    ...optionTable.model,
    what: "saved model whose layers up to --layer are the base, instead of --app",
    required: false,
  },
  seed: { ...optionTable.seed, what: "seed of random weights" },
};

export function register(program: Command): void {
  const command = program
    .command("extract")
    .description("run a base once over the images of DIR and write their features");
  addOptions(
    command,
    ["data", "out", "overwrite", "app", "model", "limit", "validationSplit", "skipBad", "cache"],
    own,
  );
  addOptions(command, ["weights", "offline", "weightsSha256", "size", "layer", "pooling", "alpha"]);
  addOptions(command, ["preprocess", "interpolation", "exif", "batchSize", "seed"], own);
  addOptions(command, deviceOptions).action((options: ExtractionOptions & GlobalOptions) =>
    run(options, extract),
  );
}

async function extract(context: CommandContext, options: ExtractionOptions): Promise<void> {
  const { extractFeaturesToFile } = await import("../../transfer/data/extract.js");
  const { out, progress } = context;
  try {
    const result = await extractFeaturesToFile({
      ...options,
      ...transferOptions(context),
      onCheck: (done, total) => progress.show({ label: "check", total, transient: true }, done),
      onProgress: (done, total, label) => progress.show({ label, total }, done),
      onSkip: ({ error }) => out.note(`skipped ${error.message}`),
    });
    progress.stop();
    report(out, result);
    if (result.out !== null) out.next(["train", "--features", result.out]);
  } catch (error) {
    progress.stop();
    if (error instanceof InterruptedError) report(out, error.result as ExtractionResult);
    throw error;
  }
}

function report(out: Output, result: ExtractionResult): void {
  const { meta, featureShape, splits, skipped, cached, seconds, imagesPerSecond } = result;
  if (result.out !== null) {
    let rows = 0;
    for (const [name, split] of Object.entries(splits)) {
      const classes = Object.entries(split.classes).map(([className, count]) => `${count} ${className}`);
      out.result(`${name}: (${[split.rows, ...featureShape].join(", ")}), ${classes.join(", ")}`);
      rows += split.rows;
    }
    const found = cached > 0 ? ` (${cached} cached)` : "";
    out.result(
      `${result.out}: ${rows} rows${found} in ${formatSeconds(seconds)}, ${imagesPerSecond.toFixed(1)} img/s`,
    );
  }
  out.finish({
    out: result.out,
    complete: result.complete,
    ...meta,
    featureShape,
    splits,
    skipped: skippedJson(skipped),
    omitted: result.omitted,
    cached,
    turned: result.turned,
    seconds,
    imagesPerSecond,
  });
}
