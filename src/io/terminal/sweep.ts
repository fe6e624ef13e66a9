/** Losses by learning rate, drawn in a terminal. */
import { drawPlot, type PlotOptions } from "./plot.js";

/**
 * @param points in the order of their rates
 * @param suggested the rate to point at
 * @returns lines of text
 */
export function drawSweep(
  points: readonly { readonly learningRate: number; readonly smoothedLoss: number }[],
  suggested: number | undefined,
  options: Pick<PlotOptions, "columns" | "ascii"> = {},
): string[] {
  if (points.length === 0) return [];
  const mark = options.ascii ? "o" : "●";
  const curve = points.map(
    ({ learningRate, smoothedLoss }) => [Math.log10(learningRate), smoothedLoss] as const,
  );
  const ends = [points[0], points[points.length - 1]].map(({ learningRate }) =>
    learningRate.toExponential(0),
  );
  return drawPlot([{ mark, points: curve }], {
    ...options,
    title: "loss by learning rate, smoothed",
    ends: [ends[0], ends[1]],
    ...(suggested !== undefined && {
      pointer: { x: Math.log10(suggested), label: `suggested: ${suggested}` },
    }),
  });
}
