import { appendFile, open, writeFile } from "node:fs/promises";
import { WgraftError } from "../../errors.js";
import { writing } from "../../io/writing.js";
import { figureOf, validationKey } from "../training/figures.js";
import { flag, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import type { Callback, Logs } from "../training/history.js";

export interface CSVLoggerOptions {
  /** Default ",". */
  separator?: string;
  /** Go on after the rows of an existing file. Default false: replace it. */
  append?: boolean;
}

const table = optionsOf<CSVLoggerOptions>("CSVLogger").fields({
  separator: optional(text, ","),
  append: optional(flag, false),
});

/** Bytes; more than the names of any fit's figures take. */
const longestHeader = 65_536;

/**
 * Appends a row to a CSV file after each epoch, after keras/src/callbacks/csv_logger.py: the epoch (from 0), then the
 * figures by name; "NA" where an epoch lacks one that the first had. Every row is written at once and the file is never
 * held open, so a fit that is interrupted leaves whole rows.
 * @example
 * await model.fit(x, y, { epochs: 3, callbacks: [new CSVLogger("history.csv")] });
 */
export class CSVLogger implements Callback {
  private columns: string[] | undefined;
  private header: string | undefined;

  private readonly options: Arguments<typeof table>;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(
    private readonly filename: string,
    options?: CSVLoggerOptions,
  ) {
    checkArgument("CSVLogger", "filename", text, filename);
    this.options = checkOptions(table, options);
  }

  async onTrainBegin(): Promise<void> {
    this.columns = undefined;
    this.header = await writing(this.filename, async () => {
      if (this.options.append) return firstLine(this.filename);
      await writeFile(this.filename, "");
      return undefined;
    });
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const rows: string[] = [];
    if (!this.columns) {
      this.columns = columnsOf(logs);
      const header = this.row(["epoch", ...this.columns]);
      if (!this.header) rows.push(header);
      else if (this.header !== header.trimEnd()) {
        throw new WgraftError(
          "usage",
          `${this.filename}: has other columns (${this.header}) than this fit (${header.trimEnd()}); choose another file`,
        );
      }
    }
    const cells = this.columns.map((name) => (Object.hasOwn(logs, name) ? pythonNumber(logs[name]) : "NA"));
    rows.push(this.row([String(epoch), ...cells]));
    await writing(this.filename, () => appendFile(this.filename, rows.join("")));
  }

  /** Lines end as those of Python's csv module. */
  private row(cells: readonly string[]): string {
    const { separator } = this.options;
    const quote = (cell: string) =>
      cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    return `${cells.map(quote).join(separator)}\r\n`;
  }
}

/** By name; where the first epoch was not validated, later ones may be, and rows cannot grow. */
function columnsOf(logs: Logs): string[] {
  const names = Object.keys(logs).sort();
  if (names.some((name) => figureOf(name).isValidation)) return names;
  return [...names, ...names.map(validationKey)];
}

/** Undefined where there is no file; "" where it is empty. */
async function firstLine(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  try {
    const start = await file?.read({ buffer: Buffer.alloc(longestHeader), position: 0 });
    return start?.buffer.toString("utf8", 0, start.bytesRead).split(/\r?\n/, 1)[0];
  } finally {
    await file?.close();
  }
}

function pythonNumber(value: number): string {
  return String(value).replace("NaN", "nan").replace("Infinity", "inf");
}
