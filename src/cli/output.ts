/** Where a command writes: results on stdout, everything else on stderr. */
import colors from "picocolors";
import { printable } from "../printable.js";
import type { SkippedImage } from "../io/dataset/loader.js";

export class Output {
  /** Colours for stderr; plain where NO_COLOR is set or stderr is no terminal. */
  readonly colors = colors.createColors(isColored(process.stderr));

  /** @param json stdout carries one JSON object and nothing else */
  constructor(readonly json: boolean) {}

  /** A line of the result, for people. With `--json` the object of `finish` takes its place. */
  result(line = ""): void {
    if (!this.json) process.stdout.write(`${printable(line)}\n`);
  }

  /** A remark on the way: on stderr. */
  note(line: string): void {
    process.stderr.write(`${line}\n`);
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

function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Skipped images as JSON has them. */
export function skippedJson(skipped: readonly SkippedImage[]): { file: string; error: string }[] {
  return skipped.map(({ file, error }) => ({ file: file.path, error: error.message }));
}
