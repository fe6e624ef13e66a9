/** Activations by Keras's names. */
import { activationOps } from "../../../kernels/elementwise/activation.js";
import { logSoftmax, softmax } from "../../../kernels/elementwise/softmax.js";
import { sparsemax } from "../../../kernels/elementwise/sparsemax.js";
import type { GraphBuilder, Op, Value } from "../../../kernels/op.js";
import type { NameIn } from "../../../names.js";
import { emitGlu } from "./functions.js";

export interface ActivationDescription {
  /** For the documentation. */
  readonly summary: string;
  readonly emit: (g: GraphBuilder, x: Value) => Value;
  /** Whether the last axis of the result is half as long. */
  readonly halves?: true;
}

/** At the op's defaults, which are Keras's. */
function by<A extends object>(op: Op<A>): ActivationDescription["emit"] {
  return (g, x) => g.apply(op, [x], {} as A)[0];
}

const silu = by(activationOps.silu);
const hardSilu = by(activationOps.hard_silu);

export const activations = {
  linear: { summary: "x", emit: (_, x) => x },
  relu: { summary: "max(x, 0)", emit: by(activationOps.relu) },
  relu6: { summary: "min(max(x, 0), 6)", emit: by(activationOps.relu6) },
  leaky_relu: { summary: "x where it is positive, else 0.2x", emit: by(activationOps.leaky_relu) },
  elu: { summary: "x where it is positive, else exp(x) − 1", emit: by(activationOps.elu) },
  selu: { summary: "1.0507 · elu with α = 1.6733", emit: by(activationOps.selu) },
  celu: { summary: "elu with α = 1", emit: by(activationOps.celu) },
  gelu: { summary: "x · Φ(x), by the error function", emit: by(activationOps.gelu) },
  silu: { summary: "x · sigmoid(x)", emit: silu },
  swish: { summary: "silu", emit: silu },
  hard_silu: { summary: "x · hard_sigmoid(x)", emit: hardSilu },
  hard_swish: { summary: "hard_silu", emit: hardSilu },
  mish: { summary: "x · tanh(softplus(x))", emit: by(activationOps.mish) },
  sigmoid: { summary: "1 / (1 + exp(−x))", emit: by(activationOps.sigmoid) },
  hard_sigmoid: { summary: "x/6 + ½, cut to 0…1, as in Keras 3", emit: by(activationOps.hard_sigmoid) },
  hard_sigmoid_keras2: {
    summary:
      "0.2x + ½, cut to 0…1: hard_sigmoid in files of Keras before 3; Keras does not load it under this name",
    emit: by(activationOps.hard_sigmoid_keras2),
  },
  log_sigmoid: { summary: "log(sigmoid(x))", emit: by(activationOps.log_sigmoid) },
  sparse_sigmoid: { summary: "x/2 + ½, cut to 0…1", emit: by(activationOps.sparse_sigmoid) },
  tanh: { summary: "tanh(x)", emit: by(activationOps.tanh) },
  hard_tanh: { summary: "x, cut to −1…1", emit: by(activationOps.hard_tanh) },
  tanh_shrink: { summary: "x − tanh(x)", emit: by(activationOps.tanh_shrink) },
  softplus: { summary: "log(1 + exp(x))", emit: by(activationOps.softplus) },
  softsign: { summary: "x / (1 + |x|)", emit: by(activationOps.softsign) },
  squareplus: { summary: "(x + √(x² + 4)) / 2", emit: by(activationOps.squareplus) },
  sparse_plus: {
    summary: "0 up to −1, x from 1 on, (x + 1)²/4 between",
    emit: by(activationOps.sparse_plus),
  },
  soft_shrink: { summary: "x, 0.5 nearer to 0", emit: by(activationOps.soft_shrink) },
  hard_shrink: { summary: "x where |x| is above 0.5, else 0", emit: by(activationOps.hard_shrink) },
  exponential: { summary: "exp(x)", emit: by(activationOps.exponential) },
  softmax: { summary: "exp(x), divided by its sum over the last axis", emit: by(softmax) },
  log_softmax: { summary: "log(softmax(x))", emit: by(logSoftmax) },
  sparsemax: { summary: "sparsemax over the last axis, as Keras computes it", emit: by(sparsemax) },
  glu: {
    summary: "the first half of the last axis times the sigmoid of the second",
    emit: emitGlu,
    halves: true,
  },
} as const satisfies Readonly<Record<string, ActivationDescription>>;

export type ActivationName = NameIn<typeof activations>;
