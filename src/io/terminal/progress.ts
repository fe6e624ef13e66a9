/** How far a long task is: a bar on a terminal, a plain line now and then anywhere else. Always on stderr. */
import type { SingleBar } from "cli-progress";
import { formatSeconds } from "../../format.js";

interface Progress {
  update(done: number): void;
  /** Lets other lines be written, above it where it stays in view. */
  above(write: () => void): void;
  stop(): void;
}

export interface ProgressOptions {
  /** What is being done: "train". */
  label: string;
  /** In `unit`s. */
  total: number;
  /** What is counted. Default "img". */
  unit?: string;
  /** Leave no trace: a line of the result follows. Default false. */
  transient?: boolean;
}

/** Seconds between two lines where there is no terminal, and between two states of one where there is. */
const [lineEvery, redrawEvery] = [2, 0.1];

/** Where the width of a terminal is not known. */
const usualColumns = 80;

/** What stands next to a bar: "validation [] 1000/1000 img, 52 img/s, 3m05s left". */
const wordsColumns = 48;

const eraseLine = "\r\x1b[K";

/** The one task whose progress is on the screen. */
export class ProgressDisplay {
  private shown: { readonly label: string; readonly progress: Progress } | undefined;
  private lastLive: number | undefined;
  private blockHeight = 0;

  /** @param bars draws on a terminal; undefined where there is none */
  private constructor(
    private readonly bars: typeof SingleBar | undefined,
    private readonly quiet: boolean,
  ) {}

  /** @param quiet shows nothing */
  static async open(quiet = false): Promise<ProgressDisplay> {
    const draws = process.stderr.isTTY && process.env.TERM !== "dumb" && !quiet;
    return new ProgressDisplay(draws ? (await import("cli-progress")).SingleBar : undefined, quiet);
  }

  /** Shows how far a task is. The first call of a label begins it, and ends the one before. */
  show(options: ProgressOptions, done: number): void {
    if (this.quiet) return;
    if (!this.shows(options.label)) {
      this.stop();
      const progress = this.bars ? new Bar(options, this.bars) : new Lines(options);
      this.shown = { label: options.label, progress };
    }
    if (done > 0) this.shown?.progress.update(done);
  }

  /** Shows one line in place of the last one; without a terminal now and then, not at once. @param describe gets a width */
  live(describe: (columns: number) => string): void {
    if (this.quiet) return;
    if (this.shown) this.stop();
    const now = performance.now();
    const isFirst = this.lastLive === undefined;
    if (isFirst && !this.bars) this.lastLive = now;
    if (now - (this.lastLive ?? -Infinity) < 1000 * (this.bars ? redrawEvery : lineEvery)) return;
    this.lastLive = now;
    if (!this.bars) process.stderr.write(`${describe(Infinity)}\n`);
    // A line as wide as the terminal would be wrapped by some.
    else process.stderr.write(`\r${describe((process.stderr.columns || usualColumns) - 1)}\x1b[K`);
  }

  /** Shows lines above what comes next, until `stop`; nothing without a terminal. */
  block(lines: readonly string[]): void {
    this.stop();
    if (!this.bars || lines.length === 0) return;
    process.stderr.write(`${lines.join("\n")}\n`);
    this.blockHeight = lines.length;
  }

  /** How many lines and columns a block may have. */
  get room(): { rows: number; columns: number } {
    const { rows = 24, columns = usualColumns } = process.stderr;
    return { rows: rows - 2, columns: columns - 1 };
  }

  private clearBlock(): void {
    if (this.blockHeight === 0) return;
    process.stderr.write(`\r\x1b[${this.blockHeight}A\x1b[J`);
    this.blockHeight = 0;
  }

  /** Lets lines be written to the terminal while a task is shown: above it, and not into its line. */
  above(write: () => void): void {
    if (this.shown) return this.shown.progress.above(write);
    // A live line, which is drawn again at the next call, or the ^C that a terminal shows.
    if (this.bars) process.stderr.write(eraseLine);
    if (this.lastLive !== undefined && this.bars) this.lastLive = -Infinity;
    this.clearBlock();
    write();
  }

  shows(label: string): boolean {
    return this.shown?.label === label;
  }

  stop(): void {
    this.shown?.progress.stop();
    this.shown = undefined;
    if (this.lastLive !== undefined && this.bars) process.stderr.write(eraseLine);
    this.lastLive = undefined;
    this.clearBlock();
  }
}

class Bar implements Progress {
  private readonly bar: SingleBar;
  private readonly speed: Speed;

  constructor({ label, total, unit = "img", transient = false }: ProgressOptions, Drawn: typeof SingleBar) {
    this.speed = new Speed(unit);
    this.bar = new Drawn({
      format: `${label} [{bar}] {value}/{total} ${unit}, {speed}`,
      stream: process.stderr,
      hideCursor: true,
      barsize: Math.max(5, Math.min(30, (process.stderr.columns || usualColumns) - wordsColumns)),
      clearOnComplete: transient,
      // What is written above it has erased what it drew.
      forceRedraw: true,
      // Commands stop it themselves; its own handlers would keep the process alive and swallow Ctrl-C.
      gracefulExit: false,
    });
    this.bar.start(total, 0, { speed: "" });
  }

  update(done: number): void {
    this.bar.update(done, { speed: this.speed.describe(done, this.bar.getTotal()) });
  }

  above(write: () => void): void {
    // A drawn bar ends no line and wraps none.
    process.stderr.write(`${eraseLine}\x1b[?7h`);
    write();
    // It returns to the place that is saved here, when it goes.
    process.stderr.write("\x1b7\x1b[?7l");
    this.bar.render();
  }

  stop(): void {
    this.bar.stop();
  }
}

class Lines implements Progress {
  private readonly speed: Speed;
  private readonly unit: string;
  private lastLine: number;
  private done = 0;
  private printed = 0;

  constructor(private readonly options: ProgressOptions) {
    this.unit = options.unit ?? "img";
    this.speed = new Speed(this.unit);
    // What stays has its first line at once; what a line of the result will replace waits.
    this.lastLine = options.transient ? performance.now() : -Infinity;
  }

  update(done: number): void {
    this.done = done;
    if (performance.now() - this.lastLine >= 1000 * lineEvery) this.print();
  }

  above(write: () => void): void {
    write();
  }

  stop(): void {
    if (this.options.transient || this.done === this.printed) return;
    this.print();
  }

  private print(): void {
    const { label, total } = this.options;
    this.printed = this.done;
    this.lastLine = performance.now();
    const percent = Math.floor((100 * this.done) / Math.max(1, total));
    const speed = this.speed.describe(this.done, total);
    process.stderr.write(`${label}: ${this.done}/${total} ${this.unit} (${percent}%), ${speed}\n`);
  }
}

/** Mean speed since the start, and the time that the rest will take at it. */
class Speed {
  private readonly start = performance.now();

  constructor(private readonly unit: string) {}

  describe(done: number, total: number): string {
    const seconds = (performance.now() - this.start) / 1000;
    const perSecond = done / Math.max(seconds, 1e-3);
    const rate = `${perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0)} ${this.unit}/s`;
    const rest = done < total ? `${formatSeconds((total - done) / perSecond)} left` : formatSeconds(seconds);
    return `${rate}, ${rest}`;
  }
}
