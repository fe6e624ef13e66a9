/** How often something is measured: enough runs to tell a spread, within a bound of time. */
import { performance } from "node:perf_hooks";
import { throwIfAborted } from "../src/errors.js";

export interface Budget {
  /** Runs of something quick. */
  readonly maxRuns: number;
  /** After so many seconds, the warm-up included, no run begins, but for those that are wanted at least. */
  readonly seconds: number;
}

/** Runs that are wanted of everything; something slow gets them as long as it stays below twice the budget's seconds. */
export const wantedRuns = 3;

export const budgets = {
  full: { maxRuns: 9, seconds: 25 },
  quick: { maxRuns: 3, seconds: 8 },
} as const satisfies Record<string, Budget>;

/**
 * Calls `run` once to warm up, then again and again.
 * @param run returns what it measured, in milliseconds
 * @returns what every run but the first measured: at least one figure
 * @throws WgraftError `aborted`, and what `run` throws
 */
export async function repeat(
  run: () => Promise<number>,
  budget: Budget,
  signal?: AbortSignal,
): Promise<number[]> {
  const start = performance.now();
  const figures: number[] = [];
  throwIfAborted(signal);
  await run();
  do {
    throwIfAborted(signal);
    figures.push(await run());
  } while (hasTime(figures.length, (performance.now() - start) / 1000, budget));
  return figures;
}

/** Whether another run follows after so many, which took so many seconds. */
export function hasTime(runs: number, seconds: number, budget: Budget): boolean {
  if (runs < wantedRuns) return seconds < 2 * budget.seconds;
  return runs < budget.maxRuns && seconds < budget.seconds;
}

/** Milliseconds that something takes on the host's clock. */
export async function timed(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}
