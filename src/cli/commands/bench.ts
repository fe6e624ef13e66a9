import { type Command, InvalidArgumentError } from "commander";
import { ExitCode } from "../exitCodes.js";
import { addDeviceOptions } from "../options.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

export interface BenchOptions extends GlobalOptions {
  only?: RegExp;
  quick?: boolean;
  list?: boolean;
  tune?: boolean;
  out?: string;
  compare?: string;
  chart?: string;
  peers?: boolean;
  python?: string;
}

/** What the bundle of the suite exports. */
export interface BenchSuite {
  /** @returns whether nothing failed */
  readonly bench: (
    context: Pick<CommandContext, "out" | "signal" | "device">,
    options: BenchOptions,
  ) => Promise<boolean>;
}

export function register(program: Command): void {
  const command = program
    .command("bench")
    .description("how fast this adapter does each kernel and the main jobs, and how near its peak")
    .option("--only <regex>", "measure what has a name that this matches", regex)
    .option("--quick", "fewer runs of each")
    .option("--list", "print the names of all there is to measure")
    .option("--tune", "time every way to launch VGG16's kernels instead, and keep the fastest for later runs")
    .option("--out <file>", "write the figures to this JSON file")
    .option("--compare <file>", "compare them with those of an earlier --out")
    .option("--chart <file>", "draw them in this SVG file")
    .option("--peers", "measure other libraries at the same jobs; installs them in bench/peers")
    .option("--python <path>", "the Python that has PyTorch, for --peers (default: python3)");
  addDeviceOptions(command).action((options: BenchOptions) =>
    run(options, async (context) => {
      // Neither imports the other: the suite is a bundle of its own, next to this one.
      const suite = (await import(new URL("./bench.js", import.meta.url).href)) as BenchSuite;
      return (await suite.bench(context, options)) ? ExitCode.done : ExitCode.failed;
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
