/** Convolutions with a normalisation behind them, whose weights are all variables. */
import { Graph } from "../../../src/graph/graph.js";
import type { ProgramPlan } from "../../../src/graph/plan/programPlan.js";
import { Variable } from "../../../src/graph/variable.js";
import type { Pads, Size2d } from "../../../src/kernels/common/window2d.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { depthwiseConv2d } from "../../../src/kernels/conv/depthwiseConv2d.js";
import { batchNormInference } from "../../../src/kernels/norm/batchNorm.js";
import { float32, type Op } from "../../../src/kernels/op.js";
import { castTo } from "../../../src/kernels/shape/cast.js";
import { sizeOf, type FloatType } from "../../../src/tensor.js";
import * as reference from "../../reference/batchNorm.js";
import { conv2d as conv2dReference } from "../../reference/conv2d.js";
import { depthwiseConv2d as depthwiseReference } from "../../reference/depthwiseConv2d.js";
import { uniform } from "../../reference/random.js";
import { float64 } from "../../support/expectClose.js";

export const epsilon = 1e-3;

export interface Case {
  readonly op: Op<{ strides: Size2d; pads: Pads; activation: "linear" | "relu" }>;
  readonly x: readonly [number, number, number, number];
  readonly kernel: readonly [number, number, number, number];
  readonly channels: number;
  readonly strides: Size2d;
  readonly pads: Pads;
  readonly bias: boolean;
  readonly scale: boolean;
  readonly center: boolean;
}

const square = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
const whole = { bias: true, scale: true, center: true };
export const cases: readonly Case[] = [
  { op: conv2d, x: [2, 8, 8, 8], kernel: [3, 3, 8, 12], channels: 12, ...square, ...whole },
  { op: conv2d, x: [1, 5, 7, 3], kernel: [3, 3, 3, 5], channels: 5, ...square, ...whole, bias: false },
  {
    ...{ op: conv2d, x: [3, 6, 5, 9], kernel: [1, 1, 9, 7], channels: 7 },
    ...{ strides: [2, 2], pads: [0, 0, 0, 0], bias: true, scale: false, center: false },
  },
  {
    op: depthwiseConv2d,
    x: [2, 9, 8, 8],
    kernel: [3, 3, 8, 1],
    channels: 8,
    ...square,
    ...whole,
    bias: false,
  },
  {
    ...{ op: depthwiseConv2d, x: [2, 6, 5, 4], kernel: [2, 3, 4, 3], channels: 12 },
    ...{ strides: [2, 1], pads: [0, 1, 1, 1], bias: true, scale: true, center: false },
  },
];

/** Values of every weight; `seed` makes different ones. */
export function weightsOf({ kernel, channels }: Case, seed = 0) {
  return {
    kernel: uniform(seed + 2, [...kernel]),
    bias: uniform(seed + 3, [channels]),
    gamma: uniform(seed + 4, [channels], -2, 2),
    beta: uniform(seed + 5, [channels]),
    mean: uniform(seed + 6, [channels]),
    variance: uniform(seed + 7, [channels], 0.01, 2),
  };
}

type WeightName = keyof ReturnType<typeof weightsOf>;

export function build(c: Case, activation: "linear" | "relu" = "linear", dtype: FloatType = "float32") {
  const graph = new Graph();
  const variables = Object.fromEntries(
    Object.entries(weightsOf(c)).map(([name, t]) => [
      name,
      new Variable(name, t.shape, () => t.dataSync().slice()),
    ]),
  ) as Record<WeightName, Variable>;
  const weight = (name: WeightName) => graph.variable(variables[name]);
  const x = castTo(graph, graph.input("x", float32(...c.x)), dtype);
  const attrs = { strides: c.strides, pads: c.pads, activation };
  const z = graph.scoped("conv", () =>
    graph.add(c.op, [x, weight("kernel"), ...(c.bias ? [weight("bias")] : [])], attrs),
  );
  const given = [...(c.scale ? [weight("gamma")] : []), ...(c.center ? [weight("beta")] : [])];
  const normalization = { epsilon, scale: c.scale, center: c.center };
  const y = graph.scoped("bn", () =>
    graph.add(batchNormInference, [z, ...given, weight("mean"), weight("variance")], normalization),
  );
  return { graph, variables, weight, x, z, y };
}

export function expected(c: Case, weights = weightsOf(c)): Float64Array {
  const x = uniform(1, [...c.x]);
  const [height, width] = [0, 1].map(
    (axis) =>
      Math.floor(
        (c.x[1 + axis] + c.pads[2 * axis] + c.pads[2 * axis + 1] - c.kernel[axis]) / c.strides[axis],
      ) + 1,
  );
  const size = sizeOf([c.x[0], height, width, c.channels]);
  const kernel = float64(weights.kernel);
  const z =
    c.op === conv2d
      ? conv2dReference(float64(x), c.x, kernel, c.kernel, c.strides, c.pads, size)
      : depthwiseReference(float64(x), c.x, kernel, c.kernel, c.strides, c.pads);
  const { gamma, beta, mean, variance, bias } = weights;
  return reference.batchNormInference(
    z.map((value, i) => value + (c.bias ? bias.dataSync()[i % c.channels] : 0)),
    {
      ...(c.scale && { gamma: float64(gamma) }),
      ...(c.center && { beta: float64(beta) }),
      ...{ mean: float64(mean), variance: float64(variance), epsilon },
    },
  );
}

export const xOf = (c: Case) => ({ x: uniform(1, [...c.x]).dataSync() });

/** Ops of every run, in order; what runs when weights change is not among them. */
export const recurringOps = ({ lowered }: ProgramPlan) =>
  lowered.steps
    .filter(({ launches }) => launches.some((launch) => lowered.recurring.has(launch)))
    .map(({ node }) => node.op.name);

const describeCase = (c: Case) =>
  `${c.op.name} of ${c.x.join("×")} by ${c.kernel.join("×")}` +
  (["bias", "scale", "center"] as const).map((name) => (c[name] ? `, ${name}` : "")).join("");
export const named = cases.map((c) => [describeCase(c), c] as const);
