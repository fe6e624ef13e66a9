import { createRequire } from "node:module";
import type { TopLevelSpec } from "vega-lite";
import { epochCount, trainingMetrics, VALIDATION_PREFIX, type History } from "./history.js";

/** Matplotlib's "b", which the tutorial plots with. */
const BLUE = "#0000ff";
/** As every drawing of ours has it. */
export const FONT = "DejaVu Sans, Verdana, sans-serif";
const PANEL = { width: 400, height: 280 };

/** A small disc and a dash, drawn at one size so that the legend lines up. */
const DOT = "M0.26,0A0.26,0.26,0,1,1,-0.26,0A0.26,0.26,0,1,1,0.26,0Z";
const DASH = "M-1,0L1,0";
const SYMBOL = { size: 290, strokeWidth: 1.8 };

const words: Record<string, string> = { acc: "accuracy", accuracy: "accuracy", loss: "loss" };

interface Point {
  epoch: number;
  /** null where the run had no finite value. */
  value: number | null;
}

function toPoints(values: readonly number[] = []): Point[] {
  return values.map((value, i) => ({ epoch: i + 1, value: Number.isFinite(value) ? value : null }));
}

/** Accuracy first, then the loss, as the tutorial shows them; other metrics follow. */
function panelOrder(history: History): string[] {
  const places = ["accuracy", "loss"];
  const rank = (metric: string) => (places.indexOf(words[metric]) + places.length + 1) % (places.length + 1);
  return trainingMetrics(history).sort((a, b) => rank(a) - rank(b));
}

/** Bounds and tick format of the values' axis where vega's own do not serve: one single value, or tiny ones. */
function valueAxis(low: number, high: number) {
  const around = Math.abs(low) * 0.05 || 0.5;
  return {
    scale: {
      zero: false,
      nice: false,
      padding: 12,
      ...(low === high ? { domain: [low - around, high + around] } : {}),
    },
    axis: high > 0 && high < 1e-3 ? { format: ".1~e" } : {},
  };
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

function panelTitle(metric: string, kinds: readonly string[]): string {
  const text = `${kinds.join(" and ")} ${words[metric] ?? metric}`;
  return text[0].toUpperCase() + text.slice(1);
}

function panel(history: History, metric: string, epochs: number) {
  const training = toPoints(history[metric]);
  const validation = toPoints(history[VALIDATION_PREFIX + metric]);
  const points = [...training, ...validation];
  const finite = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const hasTraining = training.length > 0;
  const kinds = [...(hasTraining ? ["training"] : []), ...(validation.length > 0 ? ["validation"] : [])];

  const padding = Math.max(0.5, epochs * 0.03);
  const x = {
    field: "epoch",
    title: "Epochs",
    axis: { tickMinStep: 1, format: "d" },
    scale: { domain: [1 - padding, epochs + padding], nice: false, zero: false },
  };
  const y = { field: "value", title: null, ...valueAxis(low, high) };
  const shape = {
    datum: `Training ${metric}`,
    scale: {
      domain: kinds.map((kind) => `${kind[0].toUpperCase()}${kind.slice(1)} ${metric}`),
      range: hasTraining ? [DOT, DASH] : [DASH],
    },
    legend: { orient: emptiestCorner(points, epochs, low, high) },
  };
  const dots = {
    data: { values: training },
    mark: { type: "point", fill: BLUE, stroke: BLUE, opacity: 1, invalid: "filter", ...SYMBOL },
    encoding: { shape },
  };
  const line = {
    data: { values: validation },
    mark: {
      type: "line",
      stroke: BLUE,
      strokeWidth: SYMBOL.strokeWidth,
      invalid: "break-paths-filter-domains",
    },
  };
  // A line through one epoch has no length.
  const dash = { ...line, mark: { type: "point", shape: DASH, stroke: BLUE, opacity: 1, ...SYMBOL } };
  return {
    ...PANEL,
    title: {
      text: panelTitle(metric, kinds),
      subtitle: finite.length < points.length ? "epochs without a finite value are omitted" : "",
    },
    encoding: { x: { ...x, type: "quantitative" }, y: { ...y, type: "quantitative" } },
    layer: [dots, epochs === 1 ? dash : line],
  };
}

/** The vega-lite specification of the curves: a panel per metric, training as dots, validation as a line, over epochs from 1. */
export function curvesSpec(history: History): TopLevelSpec {
  const epochs = epochCount(history);
  const line = { domainColor: "#333333", tickColor: "#333333" };
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 16,
    columns: 2,
    spacing: { row: 36, column: 40 },
    concat: panelOrder(history).map((metric) => panel(history, metric, epochs)),
    resolve: { scale: { shape: "independent" } },
    config: {
      font: FONT,
      view: { stroke: "#333333" },
      title: { fontSize: 15, fontWeight: "normal", offset: 8, subtitleColor: "#666666" },
      axis: {
        ...line,
        gridColor: "#e6e6e6",
        labelFontSize: 11,
        titleFontSize: 12,
        titleFontWeight: "normal",
        titlePadding: 8,
      },
      legend: {
        title: null,
        labelFontSize: 12,
        labelLimit: 0,
        offset: 8,
        padding: 8,
        cornerRadius: 3,
        fillColor: "#ffffffcc",
        strokeColor: "#cccccc",
        symbolSize: SYMBOL.size,
      },
    },
  };
  // Checked by compiling it: the type of the specification is too deep a union to be met by a literal with options.
  return spec as unknown as TopLevelSpec;
}

/** curves.svg. */
export function renderCurvesSvg(history: History): Promise<string> {
  return renderSvg(curvesSpec(history));
}

/** A drawing as SVG. The drawing libraries are loaded here and not with the module: they cost half a second. */
export async function renderSvg(drawing: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = compile(drawing);
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/** An SVG of ours as a PNG at twice its size, in a font that comes along: it looks the same on every machine. */
export async function renderPng(svg: string): Promise<Buffer> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const { resolve } = createRequire(import.meta.url);
  const image = await renderAsync(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")],
      defaultFontFamily: "DejaVu Sans",
    },
  });
  return image.asPng();
}
