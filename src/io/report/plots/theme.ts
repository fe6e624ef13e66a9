/** What all drawings of a training and of its figures look like. */
import { light } from "../palette.js";
import { FONT } from "./svg.js";

/** Size of a panel without its axes, in pixels. */
export const panelSize = { width: 400, height: 280 };

/** Vega-lite's configuration. */
export const theme = {
  font: FONT,
  view: { stroke: light.axis },
  title: { fontSize: 15, fontWeight: "normal", offset: 8, subtitleColor: light.soft, subtitleFontSize: 12 },
  axis: {
    domainColor: light.axis,
    tickColor: light.axis,
    gridColor: light.line,
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
    fillColor: light.card,
    strokeColor: light.line,
  },
};

export const schema = "https://vega.github.io/schema/vega-lite/v6.json";

/** The axis of epochs, counted from 1. */
export function epochAxis(epochs: number) {
  const padding = Math.max(0.5, epochs * 0.03);
  return {
    field: "epoch",
    type: "quantitative",
    title: "Epochs",
    axis: { tickMinStep: 1, format: "d" },
    scale: { domain: [1 - padding, epochs + padding], nice: false, zero: false },
  };
}

/** Bounds and tick format of the values' axis where vega's own do not serve: one single value, or tiny ones. */
export function valueAxis(low: number, high: number) {
  const around = Math.abs(low) * 0.05 || 0.5;
  return {
    field: "value",
    type: "quantitative",
    title: null,
    scale: {
      zero: false,
      nice: false,
      padding: 12,
      ...(low === high ? { domain: [low - around, high + around] } : {}),
    },
    axis: high > 0 && high < 1e-3 ? { format: ".1~e" } : {},
  };
}

/** The least and the greatest of the finite values. */
export function extentOf(values: readonly (number | null)[]): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values)
    if (value !== null && Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** A share from 0 to 1 as an axis. */
export function shareAxis(field: string, title: string, from = 0) {
  return { field, type: "quantitative", title, scale: { domain: [from, 1], nice: false } };
}
