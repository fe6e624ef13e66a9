/** The curves of several runs over each other. */
import type { TopLevelSpec } from "vega-lite";
import { bestEpoch } from "../bestEpoch.js";
import type { ComparedRun } from "../comparison/comparison.js";
import { runColors } from "../palette.js";
import { toPoints } from "./curves.js";
import { epochAxis, extentOf, panelSize, schema, theme, valueAxis } from "./theme.js";

const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3], [12, 4]];

/** What distinguishes the line of a run: a color, and a dash for those who do not see colors. */
export function lineOf(run: number): { color: string; dash: readonly number[] } {
  return { color: runColors[run % runColors.length].light, dash: dashes[run % dashes.length] };
}

/** @param key of the history: "val_loss" */
export function overlaySpec(runs: readonly ComparedRun[], key: string, title: string): TopLevelSpec {
  const curves = runs.map(({ history }) => toPoints(history[key]));
  const epochs = Math.max(...curves.map(({ length }) => length));
  const [low, high] = extentOf(curves.flat().map(({ value }) => value));
  const layer = curves.flatMap((points, i) => {
    const { color, dash } = lineOf(i);
    const best = bestEpoch(runs[i].history)?.epoch;
    const marked = points.filter(({ epoch, value }) => value !== null && epoch - 1 === best);
    const line = { type: "line", stroke: color, strokeWidth: 2, strokeDash: dash };
    return [
      { data: { values: points }, mark: { ...line, invalid: "break-paths-filter-domains" } },
      { data: { values: marked }, mark: { type: "point", fill: color, stroke: color, opacity: 1, size: 70 } },
    ];
  });
  const spec = {
    $schema: schema,
    background: null,
    padding: 8,
    ...panelSize,
    title: { text: title, subtitle: "dots: best epochs" },
    encoding: { x: epochAxis(epochs), y: valueAxis(low, high) },
    layer,
    config: theme,
  };
  return spec as unknown as TopLevelSpec;
}
