/** Where a command writes: results on stdout, everything else on stderr. */
import colors from "picocolors";

export class Output {
  /** Colours for stderr; plain where NO_COLOR is set or stderr is no terminal. */
  readonly colors = colors.createColors(isColored(process.stderr));

  /** @param json stdout carries one JSON object and nothing else */
  constructor(readonly json: boolean) {}

  /** A line of the result, for people. With `--json` the object of `finish` takes its place. */
  result(line = ""): void {
    if (!this.json) process.stdout.write(`${line}\n`);
  }

  /** A remark on the way: on stderr. */
  note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** A note in the midst of work, whose progress may be on the terminal's line: it makes way, and is drawn anew. */
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

/** Columns of text: numbers to the right, everything else to the left. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const pad = (cell: string, width: number) =>
    /^[\d.]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i]))
      .join("  ")
      .trimEnd(),
  );
}
