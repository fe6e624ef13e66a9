/** How far a long task is: a bar on a terminal, a plain line now and then anywhere else. Always on stderr. */
import { SingleBar } from "cli-progress";

export interface Progress {
  update(done: number): void;
  stop(): void;
}

export interface ProgressOptions {
  /** What is being done: "train". */
  label: string;
  /** In `unit`s. */
  total: number;
  /** What is counted. Default "img". */
  unit?: string;
  /** Leave nothing behind: a line of the result follows. Default false. */
  transient?: boolean;
}

/** Seconds between two lines where there is no terminal. */
const lineEvery = 2;

export function startProgress(options: ProgressOptions): Progress {
  return process.stderr.isTTY ? new Bar(options) : new Lines(options);
}

class Bar implements Progress {
  private readonly bar: SingleBar;
  private readonly speed: Speed;

  constructor({ label, total, unit = "img", transient = false }: ProgressOptions) {
    this.speed = new Speed(unit);
    this.bar = new SingleBar({
      format: `${label} [{bar}] {value}/{total} ${unit}, {speed}`,
      stream: process.stderr,
      hideCursor: true,
      barsize: 30,
      clearOnComplete: transient,
      // Commands stop it themselves; its own handlers would keep the process alive and swallow Ctrl-C.
      gracefulExit: false,
    });
    this.bar.start(total, 0, { speed: "" });
  }

  update(done: number): void {
    this.bar.update(done, { speed: this.speed.describe(done, this.bar.getTotal()) });
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

/** "4.2s", "3m05s", "2h07m". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`;
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
}
