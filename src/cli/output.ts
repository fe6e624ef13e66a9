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

  /** A line of the result, for people. With `--json` the object of `finish` takes its place. */
  result(line = ""): void {
    if (!this.json) process.stdout.write(`${printable(line)}\n`);
  }

  /** A line of data for programs, as it is. */
  data(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** A remark on the way: on stderr. */
  note(line: string): void {
    if (!this.quiet) this.error(line);
  }

  /** What even a quiet command says on stderr. */
  error(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** The last words of a command, for people: what to do next. @param commands arguments of wgraft, alternatives */
  next(...commands: readonly (readonly string[])[]): void {
    if (this.json) return;
    for (const [i, args] of commands.entries())
      this.note(`${i === 0 ? "next:" : "  or:"} wgraft ${args.map(shellWord).join(" ")}`);
  }

  /** A note during work, whose progress may be on the terminal's line: it is overwritten, and then drawn again. */
  remark(line: string): void {
    this.note(process.stderr.isTTY ? `\r\x1b[K${line}` : line);
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
