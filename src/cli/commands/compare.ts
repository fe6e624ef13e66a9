import type { Command } from "commander";
import type { CompareOptions } from "../../transfer/comparison/compareRuns.js";
import { option } from "../options.js";
import { addOptions } from "../optionTable.js";
import { path } from "../parsers.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

type OwnOptions = Pick<CompareOptions, "out">;

const own = {
  out: option("<file>", "also write the curves over each other, figures and settings as a page, FILE.html", {
    parse: path,
  }),
};

export function register(program: Command): void {
  const command = program
    .command("compare")
    .description("print the best figures of runs, and the settings in which they differ; needs no GPU")
    .argument("<run...>", "run folders of wgraft train");
  addOptions(command, ["out", "json", "quiet", "verbose"], own).action(
    (runs: string[], options: OwnOptions & GlobalOptions) =>
      run(options, (context, { out }) => compare(context, { runs, out })),
  );
}

async function compare({ out }: CommandContext, options: CompareOptions): Promise<void> {
  const { compareRuns } = await import("../../transfer/comparison/compareRuns.js");
  const { comparisonLines } = await import("../../io/report/comparison/lines.js");
  const comparison = await compareRuns(options);
  for (const line of comparisonLines(comparison)) out.result(line);
  if (options.out !== undefined) out.note(`wrote ${options.out}`);
  out.finish(comparison);
}
