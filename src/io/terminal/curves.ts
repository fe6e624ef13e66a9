/** The curves of a training, drawn in a terminal. */
import { bestEpoch, describeBest } from "../report/bestEpoch.js";
import { epochCount, trainingMetrics, VALIDATION_PREFIX, type History } from "../report/history.js";
import { drawPlot, type PlotOptions } from "./plot.js";

export interface CurvesOptions extends Pick<PlotOptions, "columns" | "ascii"> {
  /** Most lines in all: metrics that they have no room for are left to the end of the training. Default: any. */
  readonly height?: number;
}

/** Lines of a plot: usually, at least, and those around it. */
const [usualRows, fewestRows, aroundPlot] = [10, 4, 5];

/**
 * A plot of each metric, in training and validation, with the best epoch marked.
 * @returns lines of text; none before the second epoch, which makes a curve
 */
export function drawCurves(
  history: History,
  { height = Infinity, ...options }: CurvesOptions = {},
): string[] {
  const epochs = epochCount(history);
  if (epochs < 2) return [];
  const [trained, validated] = options.ascii ? [".", "o"] : ["·", "●"];
  const best = bestEpoch(history);
  const pointer = best && { x: best.epoch, label: describeBest(best) };
  const metrics = trainingMetrics(history);
  const shown = metrics.slice(0, Math.floor(height / (fewestRows + aroundPlot)));
  const rows = Math.min(usualRows, Math.floor(height / shown.length) - aroundPlot);
  return shown.flatMap((name) => {
    const kinds = [
      { key: name, mark: trained, what: "training" },
      { key: `${VALIDATION_PREFIX}${name}`, mark: validated, what: "validation" },
    ].filter(({ key }) => key in history);
    const lines = kinds.map(({ key, mark }) => ({
      mark,
      points: history[key].map((y, epoch) => [epoch, y] as const),
    }));
    const title = `${name}: ${kinds.map(({ mark, what }) => `${mark} ${what}`).join(", ")}`;
    return ["", ...drawPlot(lines, { ...options, rows, title, ends: ["epoch 1", String(epochs)], pointer })];
  });
}
