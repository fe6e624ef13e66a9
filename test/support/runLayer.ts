/** Runs one layer, with the gradients of Σ dy · y by its inputs and its learned weights. */
import { gradients } from "../../src/graph/autodiff.js";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { Layer } from "../../src/models/layers/layer.js";
import type { Tensor, TensorData } from "../../src/tensor.js";

export interface LayerRun {
  readonly y: Float32Array;
  readonly shape: readonly number[];
  /** Of the inputs, then of the learned weights. */
  readonly gradients: readonly Float32Array[];
}

/** @param dy of the output's shape; absent: no gradients */
export async function runLayer(
  device: Device,
  layer: Layer,
  inputs: readonly Tensor[],
  { dy, training = false, step: at = 0 }: { dy?: Tensor; training?: boolean; step?: number } = {},
): Promise<LayerRun> {
  if (layer.weights.length === 0) layer.apply(inputs.map(({ shape }) => Input({ shape: shape.slice(1) })));
  const graph = new Graph();
  const values = inputs.map((x, i) => graph.input(`x${i}`, x));
  const step = graph.input("step", { shape: [1], dtype: "uint32" });
  const [y] = layer.emit({ graph, training, step, seed: 5 }, values);
  const learned = layer.weights.filter((w) => w.learned).map((w) => graph.variable(w.variable));
  const grads = dy ? gradients(graph, y, [...values, ...learned], graph.input("dy", dy)) : [];
  const outputs = Object.fromEntries(grads.map((value, i) => [`d${i}`, value!]));
  const program = await compile(device, graph, { y, ...outputs });
  const feeds: Record<string, TensorData> = { step: Uint32Array.of(at) };
  inputs.forEach((x, i) => (feeds[`x${i}`] = x.dataSync()));
  if (dy) feeds.dy = dy.dataSync();
  const results = (await program.run(feeds)) as Record<string, Float32Array>;
  program.destroy();
  return { y: results.y, shape: y.shape, gradients: grads.map((_, i) => results[`d${i}`]) };
}
