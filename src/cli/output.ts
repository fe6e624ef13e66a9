/** Where a command writes: results on stdout, everything else on stderr. */
import colors from "picocolors";
import { isColored, shellWord } from "../io/terminal/terminal.js";
import { printable } from "../printable.js";
import type { SkippedImage } from "../io/dataset/loader.js";

export class Output {
  /** Colours for stderr; plain where NO_COLOR is set or stderr is no terminal. */
  readonly colors = colors.createColors(isColored(process.stderr));

  /**
   * @param json stdout carries one JSON object and nothing else
   * @param quiet stderr carries errors alone
   */
  constructor(
    readonly json: boolean,
    readonly quiet = false,
  ) {}

  /** How a line is written that may come while progress is shown: see `ProgressDisplay.above`. */
  around: (write: () => void) => void = (write) => write();

  /** A line of the result, for people. With `--json` the object of `finish` takes its place. */
  result(line = ""): void {
    if (!this.json) this.data(printable(line));
  }

  /** A line of data for programs, as it is. */
  data(line: string): void {
    const write = () => void process.stdout.write(`${line}\n`);
    // Only where both go to the terminal can one spoil the other.
    if (process.stdout.isTTY) this.around(write);
    else write();
  }

  /** A remark on the way: on stderr. */
  note(line: string): void {
    if (!this.quiet) this.error(line);
  }

  /** What even a quiet command says on stderr. */
  error(line: string): void {
    this.around(() => void process.stderr.write(`${line}\n`));
  }

  /** The last words of a command, for people: what to do next. @param commands arguments of wgraft, alternatives */
  next(...commands: readonly (readonly string[])[]): void {
    if (this.json) return;
    for (const [i, args] of commands.entries())
      this.note(`${i === 0 ? "next:" : "  or:"} wgraft ${args.map(shellWord).join(" ")}`);
  }

  /** The result for programs: the one line that stdout gets with `--json`. */
  finish(object: object): void {
    if (this.json) process.stdout.write(`${JSON.stringify(object)}\n`);
  }
}

/** Skipped images as JSON has them. */
export function skippedJson(skipped: readonly SkippedImage[]): { file: string; error: string }[] {
  return skipped.map(({ file, error }) => ({ file: file.path, error: error.message }));
}
