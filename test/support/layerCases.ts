/** Layers against cases of real Keras: outputs, gradients and, in training, what a call does to the moving statistics. */
import { gradients } from "../../src/graph/autodiff.js";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { activationOps } from "../../src/kernels/elementwise/activation.js";
import type { Value } from "../../src/kernels/op.js";
import { castTo } from "../../src/kernels/shape/cast.js";
import { ELU, LeakyReLU, ReLU } from "../../src/models/layers/index.js";
import { Layer, type CallContext } from "../../src/models/layers/layer.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { buildLayer } from "../../src/models/layers/savedLayer.js";
import { Tensor, type Shape, type TensorData } from "../../src/tensor.js";
import { expectWithin, type Golden } from "./golden.js";

export interface LayerCase {
  readonly class: string;
  readonly inputs: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly (readonly [name: string, trainable: boolean])[];
}

export function casesOf(golden: Golden): Record<string, LayerCase> {
  return golden.json.cases as Record<string, LayerCase>;
}

/** Functions that Keras was called with, as layers. */
const functions: Readonly<Record<string, () => Layer>> = {
  act_relu_slope_max_threshold: () => new ReLU({ negativeSlope: 0.1, maxValue: 4, threshold: 0.5 }),
  act_elu_alpha2: () => new ELU({ alpha: 2 }),
  "act_leaky_relu_.3": () => new LeakyReLU({ negativeSlope: 0.3 }),
  act_gelu_tanh_approximate: () => new TanhGelu(),
};

/** What no argument of a layer asks for: keras.activations.gelu(approximate=True). */
class TanhGelu extends Layer {
  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    return graph.add(activationOps.gelu_tanh, [input], {});
  }
}

/** The layer that a case is about, from its configuration. */
export function layerOf(id: string, { class: className, config }: LayerCase): Layer {
  if (className === "function") return functions[id]();
  const saved = Object.entries(config).map(([key, value]) => {
    const isObject = typeof value === "object" && value !== null && "class" in value;
    if (key === "dtype") return [key, "float32"];
    return [key, isObject ? { class_name: value.class, config: {} } : value];
  });
  const name = config.name as string;
  return buildLayer({ className, name, config: Object.fromEntries(saved) as object as never }, "case");
}

/**
 * Runs a case in one mode and compares every number that Keras gave.
 * @param share of the largest value of each tensor by which a number may be off
 */
export async function expectCase(
  device: Device,
  golden: Golden,
  id: string,
  mode: "inference" | "training",
  share = 1e-5,
): Promise<void> {
  const one = casesOf(golden)[id];
  const has = (name: string) => name in (golden.json.tensors as object);
  const prefix = mode === "training" ? `${id}/train` : id;
  const wanted = (name: string) => {
    // Where Keras on torch departs from TensorFlow, TensorFlow counts.
    const tf = `${prefix}/${name}_tf`;
    return has(tf) ? tf : `${prefix}/${name}`;
  };
  const places = Array.from({ length: one.inputs }, (_, i) => (i === 0 ? "" : String(i)));
  const inputs = places.map((place) => golden.tensor(`${id}/x${place}`));
  const layer = layerOf(id, one);
  layer.apply(inputs.map(({ shape }) => Input({ shape: shape.slice(1) })));
  const saved = one.weights.map(([name]) => golden.tensor(`${id}/w/${name}`).dataSync());
  // A scalar stands there as [1].
  const shapes = layer.weights.map(({ variable }) => variable.shape);
  await layer.setWeights(saved.map((values, i) => new Tensor(values, shapes[i], "float32")));

  const graph = new Graph();
  const fed = inputs.map((x, i) => graph.input(`x${i}`, x));
  const values = fed.map((x) => castTo(graph, x, device.precision));
  const dy = golden.tensor(`${id}/dy`);
  const step = graph.input("step", { shape: [1], dtype: "uint32" });
  const frozen = new Set(layer.trainable ? [] : [layer]);
  const context = { graph, dtype: device.precision, training: mode === "training", step, seed: 0, frozen };
  const [stored] = layer.emit(context, values);
  const y = castTo(graph, stored, "float32");
  const learned = layer.weights.filter(({ learned: l }) => l);
  const wrt = [...fed, ...learned.map(({ variable }) => graph.variable(variable))];
  const grads = gradients(graph, y, wrt, graph.input("dy", dy));
  const names = [
    ...places.map((place) => `dx${place}`),
    ...one.weights.filter(([, isLearned]) => isLearned).map(([name]) => `dw/${name}`),
  ];
  const outputs = Object.fromEntries([y, ...grads].map((value, i) => [["y", ...names][i], value!]));
  const program = await compile(device, graph, outputs);
  const feeds: Record<string, TensorData> = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x.dataSync()]));
  const results: Record<string, TensorData> = await program.run({
    ...feeds,
    dy: dy.dataSync(),
    step: Uint32Array.of(0),
  });
  for (const name of ["y", ...names]) {
    const expected = golden.tensor(wanted(name));
    expectWithin(new Tensor(results[name] as Float32Array, expected.shape, "float32"), expected, share);
  }
  const weights = await layer.getWeights();
  for (const [i, [name]] of one.weights.entries()) {
    const after = `${prefix}/after/${name}`;
    expectWithin(weights[i], golden.tensor(has(after) ? after : `${id}/w/${name}`), share);
  }
  program.destroy();
}
