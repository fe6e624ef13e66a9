/** The curves of a training: a panel per metric. */
import type { TopLevelSpec } from "vega-lite";
import { bestEpoch, describeBest, type MarkedEpoch } from "../bestEpoch.js";
import { epochCount, trainingMetrics, VALIDATION_PREFIX, type History } from "../history.js";
import { light } from "../palette.js";
import { renderSvg } from "./svg.js";
import { epochAxis, extentOf, panelSize, schema, theme, valueAxis } from "./theme.js";

/** A small disc and a dash, drawn at one size so that the legend lines up. */
const DOT = "M0.26,0A0.26,0.26,0,1,1,-0.26,0A0.26,0.26,0,1,1,0.26,0Z";
const DASH = "M-1,0L1,0";
const SYMBOL = { size: 290, strokeWidth: 1.8 };

const words: Record<string, string> = { acc: "accuracy", accuracy: "accuracy", loss: "loss" };

export interface Point {
  epoch: number;
  /** null where the run had no finite value. */
  value: number | null;
}

export function toPoints(values: readonly number[] = []): Point[] {
  return values.map((value, i) => ({ epoch: i + 1, value: Number.isFinite(value) ? value : null }));
}

/** Accuracy first, then the loss, as the tutorial shows them; other metrics follow. */
export function panelOrder(history: History): string[] {
  const places = ["accuracy", "loss"];
  const rank = (metric: string) => (places.indexOf(words[metric]) + places.length + 1) % (places.length + 1);
  return trainingMetrics(history).sort((a, b) => rank(a) - rank(b));
}

/** The corner where a legend hides the fewest points, as matplotlib's "best": of equals the first. */
function emptiestCorner(points: readonly Point[], epochs: number, low: number, high: number) {
  const corners = { "top-right": 0, "top-left": 0, "bottom-right": 0, "bottom-left": 0 };
  for (const { epoch, value } of points) {
    if (value === null) continue;
    const across = (epoch - 1) / Math.max(1, epochs - 1);
    const up = high > low ? (value - low) / (high - low) : 0.5;
    if (across > 0.4 && up > 0.7) corners["top-right"]++;
    if (across < 0.6 && up > 0.7) corners["top-left"]++;
    if (across > 0.4 && up < 0.3) corners["bottom-right"]++;
    if (across < 0.6 && up < 0.3) corners["bottom-left"]++;
  }
  const names = Object.keys(corners) as (keyof typeof corners)[];
  return names.reduce((best, name) => (corners[name] < corners[best] ? name : best));
}

/** "Training and validation accuracy" */
export function panelTitle(metric: string, kinds: readonly string[]): string {
  const text = `${kinds.join(" and ")} ${words[metric] ?? metric}`;
  return text[0].toUpperCase() + text.slice(1);
}

/** Of a metric: which of training and validation there are. */
export function kindsOf(history: History, metric: string): string[] {
  const has = (key: string) => (history[key]?.length ?? 0) > 0;
  return [...(has(metric) ? ["training"] : []), ...(has(VALIDATION_PREFIX + metric) ? ["validation"] : [])];
}

function panel(history: History, metric: string, epochs: number, best: MarkedEpoch | undefined) {
  const training = toPoints(history[metric]);
  const validation = toPoints(history[VALIDATION_PREFIX + metric]);
  const points = [...training, ...validation];
  const [low, high] = extentOf(points.map(({ value }) => value));
  const hasTraining = training.length > 0;
  const kinds = kindsOf(history, metric);
  const hasGaps = points.some(({ value }) => value === null);
  // The mark of the best epoch goes from bottom to top.
  const rulePoints = best ? [low, high].map((value) => ({ epoch: best.epoch + 1, value })) : [];
  const shape = {
    datum: `Training ${metric}`,
    scale: {
      domain: kinds.map((kind) => `${kind[0].toUpperCase()}${kind.slice(1)} ${metric}`),
      range: hasTraining ? [DOT, DASH] : [DASH],
    },
    legend: { orient: emptiestCorner([...points, ...rulePoints], epochs, low, high) },
  };
  const dots = {
    data: { values: training },
    mark: { type: "point", fill: light.blue, stroke: light.blue, opacity: 1, invalid: "filter", ...SYMBOL },
    encoding: { shape },
  };
  const line = {
    data: { values: validation },
    mark: {
      type: "line",
      stroke: light.blue,
      strokeWidth: SYMBOL.strokeWidth,
      invalid: "break-paths-filter-domains",
    },
  };
  // A line through one epoch has no length.
  const dash = { ...line, mark: { type: "point", shape: DASH, stroke: light.blue, opacity: 1, ...SYMBOL } };
  const rule = best && {
    data: { values: [{ epoch: best.epoch + 1 }] },
    mark: { type: "rule", stroke: light.best, strokeWidth: 1.5, strokeDash: [5, 4] },
    encoding: { y: null },
  };
  return {
    ...panelSize,
    title: {
      text: panelTitle(metric, kinds),
      subtitle: [
        ...(best ? [`dashed: ${describeBest(best)}`] : []),
        ...(hasGaps ? ["epochs without a finite value are omitted"] : []),
      ],
    },
    encoding: { x: epochAxis(epochs), y: valueAxis(low, high) },
    layer: [...(rule ? [rule] : []), dots, epochs === 1 ? dash : line],
  };
}

interface CurvesOptions {
  /** Default: those of all metrics. */
  readonly metrics?: readonly string[];
  /** Default: what the history says. */
  readonly best?: MarkedEpoch;
  /** Default white, for a separate file. */
  readonly background?: string;
}

/** The vega-lite specification of the curves: a panel per metric, training as dots, validation as a line, over epochs from 1. */
export function curvesSpec(history: History, options: CurvesOptions = {}): TopLevelSpec {
  const { metrics = panelOrder(history), best = bestEpoch(history), background = "white" } = options;
  const epochs = epochCount(history);
  // One epoch is the best of all: nothing to mark.
  const marked = epochs > 1 ? best : undefined;
  const spec = {
    $schema: schema,
    background,
    padding: 16,
    columns: 2,
    spacing: { row: 36, column: 40 },
    concat: metrics.map((metric) => panel(history, metric, epochs, marked)),
    resolve: { scale: { shape: "independent" } },
    config: { ...theme, legend: { ...theme.legend, fillColor: "#ffffffcc", symbolSize: SYMBOL.size } },
  };
  // Checked by compiling it: the type of the specification is too deep a union to be met by a literal with options.
  return spec as unknown as TopLevelSpec;
}

/** curves.svg. */
export function renderCurvesSvg(history: History, options?: CurvesOptions): Promise<string> {
  return renderSvg(curvesSpec(history, options));
}
