/** Where numbers stop being finite: in a sample, a layer's weights, or a layer's output. */
import { WgraftError } from "../../errors.js";
import { compile } from "../../graph/compile.js";
import { Graph } from "../../graph/graph.js";
import type { Outputs } from "../../graph/plan/programPlan.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Value } from "../../kernels/op.js";
import { castTo } from "../../kernels/shape/cast.js";
import { allFinite } from "../../kernels/training/allFinite.js";
import type { TensorData } from "../../tensor.js";
import type { Layer } from "../layers/layer.js";
import type { Network } from "../network.js";
import type { SampleSpec } from "./batches.js";
import { modelInputs } from "./modelInput.js";

/** A network on the device that computes it: `Programs` is one. */
export interface Placed {
  readonly network: Network;
  readonly device: Device;
}

/** The place of the first number that is an infinity or a NaN; -1 where all are finite. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** The first layer with a weight that is not finite, and the weight: "layer dense: its kernel". Undefined where all are finite. */
export async function nonFiniteWeights({ network, device }: Placed): Promise<string | undefined> {
  const graph = new Graph();
  const weights = network.leafLayers.flatMap((layer) => layer.weights.map((weight) => ({ layer, weight })));
  const outputs = weights.map(({ weight }) => graph.add(allFinite, [graph.variable(weight.variable)], {}));
  const at = await firstZero(device, graph, outputs, {});
  if (at === undefined) return undefined;
  const { layer, weight } = weights[at];
  return `layer ${layer.name}: its ${weight.name}`;
}

/**
 * Where the numbers of a sample stop being finite: "the input", or "layer conv1: its output".
 * @param x one sample
 */
export async function nonFiniteLayer(
  placed: Placed,
  sample: SampleSpec,
  x: TensorData,
): Promise<string | undefined> {
  if (firstNonFinite(x) >= 0) return "the input";
  const graph = new Graph();
  const found: { readonly layer: Layer; readonly finite: Value }[] = [];
  const observe = (layer: Layer, outputs: readonly Value[]) => {
    const floats = outputs.map((output) => castTo(graph, output, "float32"));
    found.push({ layer, finite: graph.add(allFinite, floats, {}) });
  };
  const inputs = modelInputs(graph, placed, 1, [sample]);
  placed.network.emit({ graph, dtype: placed.device.precision, training: false, seed: 0, observe }, inputs);
  const outputs = found.map(({ finite }) => finite);
  const at = await firstZero(placed.device, graph, outputs, { x });
  return at === undefined ? undefined : `layer ${found[at].layer.name}: its output`;
}

/** The first of some scalars that is 0. */
async function firstZero(
  device: Device,
  graph: Graph,
  scalars: readonly Value[],
  feeds: Readonly<Record<string, TensorData>>,
): Promise<number | undefined> {
  if (scalars.length === 0) return undefined;
  const outputs: Outputs = Object.fromEntries(scalars.map((value, i) => [`${i}`, value]));
  const program = await compile(device, graph, outputs);
  try {
    const results = await program.run(feeds);
    const at = scalars.findIndex((_, i) => results[`${i}`][0] === 0);
    return at < 0 ? undefined : at;
  } finally {
    program.destroy();
  }
}

/**
 * Throws where outputs (n, …) are not all finite, and says for which sample, and where in the network it begins.
 * @param nameOf what the i-th sample is known by
 * @throws WgraftError `bad-input`
 */
export async function checkOutputsFinite(
  placed: Placed,
  sample: SampleSpec,
  {
    x,
    outputs,
    size,
  }: { readonly x: TensorData; readonly outputs: ArrayLike<number>; readonly size: number },
  nameOf: (i: number) => string,
): Promise<void> {
  const at = firstNonFinite(outputs);
  if (at < 0) return;
  const i = Math.floor(at / (outputs.length / size));
  const row = x.length / size;
  const place =
    (await nonFiniteWeights(placed)) ??
    (await nonFiniteLayer(placed, sample, x.slice(i * row, (i + 1) * row))) ??
    `model ${placed.network.name}: its output`;
  throw new WgraftError(
    "bad-input",
    `${nameOf(i)}: the result is ${outputs[at]}; ${place} is the first that is not finite`,
  );
}
