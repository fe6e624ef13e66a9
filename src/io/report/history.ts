import { csvLine } from "../csv.js";

/** Keras's `History.history`: metric name → its value after each epoch. Keys: loss, acc, val_loss, val_acc, … */
export type History = Record<string, number[]>;

/** Of the keys of what was measured on validation samples. */
export const VALIDATION_PREFIX = "val_";

/** How many epochs a history covers. */
export function epochCount(history: History): number {
  return Object.values(history).reduce((most, { length }) => Math.max(most, length), 0);
}

/** The metrics without their validation twins: loss, acc, … in the order of the history. */
export function trainingMetrics(history: History): string[] {
  const names = Object.keys(history).map((key) =>
    key.startsWith(VALIDATION_PREFIX) ? key.slice(VALIDATION_PREFIX.length) : key,
  );
  return [...new Set(names)];
}

/** history.json: the history as Keras keeps it, one array a metric. A value that is not finite becomes null, JSON having no NaN. */
export function historyJson(history: History): string {
  return `${JSON.stringify(history, null, 2)}\n`;
}

/** history.csv: a row per epoch, counted from 1; an empty cell where a metric has no value. */
export function historyCsv(history: History): string {
  const metrics = Object.keys(history);
  const rows = Array.from({ length: epochCount(history) }, (_, i) =>
    csvLine([i + 1, ...metrics.map((metric) => history[metric][i] ?? "")]),
  );
  return `${[csvLine(["epoch", ...metrics]), ...rows].join("\n")}\n`;
}
