import { type Command, InvalidArgumentError } from "commander";
import { ExitCode } from "../exitCodes.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions } from "../optionTable.js";
import { path } from "../parsers.js";
import { run, type GlobalOptions } from "../run.js";
import type { BenchOptions, BenchSuite } from "../../transfer/diagnosis/bench.js";

const own = {
  only: option("<regex>", "measure only items whose name matches", { parse: regex }),
  quick: flag("fewer runs of each"),
  list: flag("list the names of all items"),
  tune: flag("time every variant of VGG16's kernels instead, and keep the fastest for later runs"),
  out: option("<file>", "write the figures to this JSON file", { parse: path }),
  compare: option("<file>", "compare with the file of an earlier --out", { parse: path }),
  chart: option("<file>", "draw the figures to this SVG file", { parse: path }),
  peers: flag("measure other libraries at the same jobs; installs them in bench/peers"),
  python: option("<path>", "Python with PyTorch, for --peers (default: python3)", { parse: path }),
};

export function register(program: Command): void {
  const command = program
    .command("bench")
    .description("measure every kernel and the main jobs against the adapter's peak");
  const names = ["only", "quick", "list", "tune", "out", "compare", "chart", "peers", "python"] as const;
  addOptions(command, [...names, ...deviceOptions], own).action((options: BenchOptions & GlobalOptions) =>
    run(options, async (context) => {
      // Neither imports the other: the suite is a bundle of its own, next to this one.
      const suite = (await import(new URL("./bench.js", import.meta.url).href)) as BenchSuite;
      const isWhole = await suite.bench(context, options);
      if (options.out) context.out.next(["bench", "--compare", options.out]);
      return isWhole ? ExitCode.done : ExitCode.failed;
    }),
  );
}

function regex(text: string): RegExp {
  try {
    return new RegExp(text, "i");
  } catch {
    throw new InvalidArgumentError("Expected a regular expression.");
  }
}
