/** The curves of a training, drawn in a terminal. */
import { epochCount, trainingMetrics, VALIDATION_PREFIX, type History } from "../report/history.js";
import { drawPlot, type PlotOptions } from "./plot.js";

/**
 * A plot of each metric, in training and validation, with the best epoch marked: that of the lowest val_loss (loss, where nothing
 * is validated).
 * @returns lines of text; none before the second epoch, which makes a curve
 */
export function drawCurves(history: History, options: Pick<PlotOptions, "columns" | "ascii"> = {}): string[] {
  const epochs = epochCount(history);
  if (epochs < 2) return [];
  const [trained, validated] = options.ascii ? [".", "o"] : ["·", "●"];
  const judge = "val_loss" in history ? "val_loss" : "loss";
  const best = lowestOf(history[judge]);
  const pointer = best === undefined ? undefined : { x: best, label: `lowest ${judge}: epoch ${best + 1}` };
  return trainingMetrics(history).flatMap((name) => {
    const kinds = [
      { key: name, mark: trained, what: "training" },
      { key: `${VALIDATION_PREFIX}${name}`, mark: validated, what: "validation" },
    ].filter(({ key }) => key in history);
    const lines = kinds.map(({ key, mark }) => ({
      mark,
      points: history[key].map((y, epoch) => [epoch, y] as const),
    }));
    const title = `${name}: ${kinds.map(({ mark, what }) => `${mark} ${what}`).join(", ")}`;
    return ["", ...drawPlot(lines, { ...options, title, ends: ["epoch 1", String(epochs)], pointer })];
  });
}

/** From 0. */
function lowestOf(values: readonly number[] = []): number | undefined {
  let best: number | undefined;
  for (const [i, value] of values.entries())
    if (Number.isFinite(value) && (best === undefined || value < values[best])) best = i;
  return best;
}
