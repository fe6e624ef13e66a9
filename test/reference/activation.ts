import type { ElementwiseActivation } from "../../src/kernels/elementwise/activation.js";

/** erf, by a series of positive terms. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const elu = (x: number, alpha: number) => (x > 0 ? x : alpha * Math.expm1(x));

export interface ActivationParameters {
  readonly alpha?: number;
  readonly negativeSlope?: number;
  readonly maxValue?: number;
  readonly threshold?: number;
}

function generalRelu(x: number, { negativeSlope = 0, maxValue = -1, threshold = 0 }: ActivationParameters) {
  const above = x > threshold ? x : 0;
  return (maxValue < 0 ? above : clip(above, 0, maxValue)) - negativeSlope * Math.max(threshold - x, 0);
}

/** After keras/src/activations/activations.py and keras/src/backend/torch/nn.py of Keras 3.15.1. */
export const activations = {
  linear: (x: number) => x,
  relu: (x: number) => Math.max(x, 0),
  relu6: (x: number) => clip(x, 0, 6),
  sigmoid,
  tanh: (x: number) => Math.tanh(x),
  exponential: (x: number) => Math.exp(x),
  elu: (x: number, { alpha = 1 }: ActivationParameters = {}) => elu(x, alpha),
  selu: (x: number) => 1.0507009873554805 * elu(x, 1.6732632423543772),
  celu: (x: number, { alpha = 1 }: ActivationParameters = {}) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  leaky_relu: (x: number, { negativeSlope = 0.2 }: ActivationParameters = {}) =>
    x > 0 ? x : negativeSlope * x,
  hard_sigmoid: (x: number) => clip(x / 6 + 0.5, 0, 1),
  softsign: (x: number) => x / (1 + Math.abs(x)),
  hard_tanh: (x: number) => clip(x, -1, 1),
  log_sigmoid: (x: number) => -softplus(-x),
  sparse_sigmoid: (x: number) => clip((x + 1) / 2, 0, 1),
  hard_shrink: (x: number, { threshold = 0.5 }: ActivationParameters = {}) =>
    Math.abs(x) > threshold ? x : 0,
  soft_shrink: (x: number, { threshold = 0.5 }: ActivationParameters = {}) =>
    Math.sign(x) * Math.max(Math.abs(x) - threshold, 0),
  softplus,
  silu: (x: number) => x * sigmoid(x),
  hard_silu: (x: number) => x * clip(x / 6 + 0.5, 0, 1),
  gelu: (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  gelu_tanh: (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  mish: (x: number) => x * Math.tanh(softplus(x)),
  tanh_shrink: (x: number) => x - Math.tanh(x),
  squareplus: (x: number, { alpha = 4 }: ActivationParameters = {}) => (x + Math.sqrt(x * x + alpha)) / 2,
  sparse_plus: (x: number) => (x <= -1 ? 0 : x < 1 ? (x + 1) ** 2 / 4 : x),
  general_relu: (x: number, parameters: ActivationParameters = {}) => generalRelu(x, parameters),
  threshold: (x: number, { threshold = 0, alpha = 0 }: ActivationParameters = {}) =>
    x > threshold ? x : alpha,
  hard_sigmoid_keras2: (x: number) => clip(0.2 * x + 0.5, 0, 1),
} satisfies Record<ElementwiseActivation, unknown>;

/** The derivative of an activation at x by central differences: exact to about 1e-10 away from corners. */
export function activationDerivative(
  name: ElementwiseActivation,
  x: number,
  parameters: ActivationParameters = {},
): number {
  const [h, f] = [1e-5, activations[name] as (x: number, parameters: ActivationParameters) => number];
  return (f(x + h, parameters) - f(x - h, parameters)) / (2 * h);
}

/** Derivatives from the output y. */
export const activationDerivatives = {
  linear: () => 1,
  relu: (y: number) => (y > 0 ? 1 : 0),
  relu6: (y: number) => (y > 0 && y < 6 ? 1 : 0),
  sigmoid: (y: number) => y * (1 - y),
};

/** Activations that the references of convolutions and products apply. */
export type Activation = keyof typeof activationDerivatives;
