/** Where a thread gets a tenth of a core, or waits for a disk, it may take as many times longer. */
const PATIENCE = 10;
/**
 * Until then elapsed time counts as work: to ask what a process has worked takes up to a millisecond, longer than
 * most requests.
 */
const FIRST_LOOK_SECONDS = 0.02;
/** Of setTimeout: 24 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/**
 * Watches how long another thread works, while this one waits for it. On a machine that has other things to do, that is less
 * than the time that passes; it cannot be more than what the whole process works.
 */
export class Stopwatch {
  private readonly started = performance.now();
  private cpuBefore: NodeJS.CpuUsage | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param onLate called once when the thread has worked for `seconds`, or that was unknown for ten times as long */
  constructor(
    private readonly seconds: number,
    private readonly onLate: () => void,
  ) {
    this.wait(Math.min(seconds, FIRST_LOOK_SECONDS));
  }

  /** Returns how many seconds were worked. */
  stop(): number {
    clearTimeout(this.timer);
    return Math.min(this.passed, this.worked);
  }

  private get passed(): number {
    return (performance.now() - this.started) / 1000;
  }

  private get worked(): number {
    if (!this.cpuBefore) return this.passed;
    const { user, system } = process.cpuUsage(this.cpuBefore);
    return FIRST_LOOK_SECONDS + (user + system) / 1e6;
  }

  private wait(seconds: number): void {
    const milliseconds = Math.min(1000 * Math.max(seconds, 0), MAX_MILLISECONDS);
    this.timer = setTimeout(() => {
      this.cpuBefore ??= process.cpuUsage();
      const left = Math.min(this.seconds - this.worked, PATIENCE * this.seconds - this.passed);
      if (left <= 0) return this.onLate();
      this.wait(Math.max(left, 0.05));
    }, milliseconds);
  }
}
