/** Keras's table of a model's layers. */
import { callback, flag, positiveInteger } from "../options/checks.js";
import { checkOptions } from "../options/checkOptions.js";
import { nullable, optional, optionsOf } from "../options/fields.js";
import { formatShape, largest, sizeOf } from "../tensor.js";
import type { Layer, Weight } from "./layers/layer.js";
import { Network } from "./network.js";

export interface SummaryOptions {
  /** Gets the table line by line. Default: console.log. */
  print?: (line: string) => void;
  /** Width of the table in characters. Default 65, or as many as the columns need. */
  lineLength?: number | null;
  /** List the layers of inner models too. Default false. */
  expandNested?: boolean;
}

export const summaryTable = optionsOf<SummaryOptions>("summary").fields({
  lineLength: nullable(optional(positiveInteger)),
  print: optional(callback),
  expandNested: optional(flag, false),
});

/** One row of the table. */
export interface LayerSummary {
  readonly name: string;
  readonly className: string;
  /** With the batch axis: `[null, 150, 150, 64]`. */
  readonly outputShape: readonly (number | null)[];
  /** Of an inner model with several outputs: those of all. */
  readonly outputShapes?: readonly (readonly (number | null)[])[];
  readonly params: number;
  readonly trainable: boolean;
  /** Of an inner model. */
  readonly layers?: readonly LayerSummary[];
}

/** The table's contents, as plain data. */
export interface ModelSummary {
  readonly name: string;
  readonly className: string;
  readonly layers: readonly LayerSummary[];
  readonly totalParams: number;
  readonly trainableParams: number;
  readonly nonTrainableParams: number;
  /** Number of weights (kernels, biases…) that training changes, as `len(model.trainable_weights)`. */
  readonly trainableWeights: number;
}

/**
 * What `model.summary()` prints, as plain data.
 * @example
 * console.log(summaryData(model).totalParams); // 49
 */
export function summaryData(model: Network): ModelSummary {
  const trainable = unique(model.trainableWeights);
  const totalParams = paramsOf(unique(model.weights));
  const trainableParams = paramsOf(trainable);
  return {
    name: model.name,
    className: model.className,
    layers: layerSummaries(model),
    totalParams,
    trainableParams,
    nonTrainableParams: totalParams - trainableParams,
    trainableWeights: trainable.length,
  };
}

/** The lines of the table, in the look of Keras 2. */
export function summary(model: Network, options?: SummaryOptions): string[] {
  const { lineLength, expandNested } = checkOptions(summaryTable, options);
  const data = summaryData(model);
  const header: Row = ["Layer (type)", "Output Shape", "Param #"];
  const rows = tableRows(data.layers, expandNested);
  const widths = columnWidths([header, ...rows], lineLength);
  const length = widths.reduce((a, b) => a + b, 0);
  const line = (row: Row) => row.map((cell, i) => cell.slice(0, widths[i] - 1).padEnd(widths[i])).join("");
  const size = (params: number) => `${params.toLocaleString("en-US")} (${formatBytes(4 * params)})`;
  return [
    `Model: "${data.name}"`,
    "_".repeat(length),
    line(header),
    "=".repeat(length),
    ...rows.map(line),
    "=".repeat(length),
    `Total params: ${size(data.totalParams)}`,
    `Trainable params: ${size(data.trainableParams)}`,
    `Non-trainable params: ${size(data.nonTrainableParams)}`,
    `Trainable weights: ${data.trainableWeights}`,
    "_".repeat(length),
  ].map((text) => text.trimEnd());
}

type Row = readonly [layer: string, shape: string, params: string];

function tableRows(layers: readonly LayerSummary[], expand: boolean, indent = ""): Row[] {
  return layers.flatMap((layer) => {
    const name = `${indent}${layer.name} (${layer.className})`;
    const shapes = layer.outputShapes ?? [layer.outputShape];
    const row: Row = [name, shapes.map(formatShape).join(", "), String(layer.params)];
    return expand && layer.layers ? [row, ...tableRows(layer.layers, expand, `${indent}| `)] : [row];
  });
}

/** Keras's proportions, stretched where a column needs more; or to an exact width. */
function columnWidths(rows: readonly Row[], lineLength: number | undefined): [number, number, number] {
  const total = lineLength ?? 65;
  const ends = [0.45, 0.85, 1].map((part) => Math.floor(total * part));
  const widths = [ends[0], ends[1] - ends[0], ends[2] - ends[1]] as [number, number, number];
  if (lineLength !== undefined) return widths;
  return widths.map((width, i) =>
    largest(
      rows.map((row) => row[i].length + 1),
      width,
    ),
  ) as typeof widths;
}

function layerSummaries(model: Network): LayerSummary[] {
  const isSequential = model.className === "Sequential";
  return model.layers
    .filter((layer) => !(isSequential && layer === model.inputs[0].layer))
    .map((layer) => {
      const { outputs } = model.calls.find((call) => call.layer === layer)!;
      const shapes = outputs.map(({ openShape }) => [null, ...openShape]);
      return {
        name: layer.name,
        className: layer.className,
        outputShape: shapes[0],
        ...(shapes.length > 1 && { outputShapes: shapes }),
        params: layerParams(layer),
        trainable: layer.trainable,
        ...(layer instanceof Network ? { layers: layerSummaries(layer) } : {}),
      };
    });
}

function layerParams(layer: Layer): number {
  return paramsOf(unique(layer.weights));
}

/** Shared layers bring the same weights several times. */
function unique(weights: readonly Weight[]): Weight[] {
  return [...new Map(weights.map((w) => [w.variable, w])).values()];
}

function paramsOf(weights: readonly Weight[]): number {
  return weights.reduce((n, { variable }) => n + sizeOf(variable.shape), 0);
}

/** Binary units under decimal names, as Keras prints them. */
function formatBytes(bytes: number): string {
  const units = ["Byte", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(2)} ${units[unit]}`;
}
