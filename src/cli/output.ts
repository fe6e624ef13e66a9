/** Where a command writes: results on stdout, everything else on stderr. */
import colors from "picocolors";
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

/** How wide the terminal on stdout is (undefined where there is none), and whether it has characters of Unicode. */
export function terminalShape(): { columns?: number; ascii: boolean } {
  const { columns } = process.stdout;
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || "";
  return { ...(columns && { columns: Math.min(columns - 1, 100) }), ascii: !/utf-?8/i.test(locale) };
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Skipped images as JSON has them. */
export function skippedJson(skipped: readonly SkippedImage[]): { file: string; error: string }[] {
  return skipped.map(({ file, error }) => ({ file: file.path, error: error.message }));
}
