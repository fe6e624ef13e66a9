import { sumRows } from "./sumRows.js";

export interface BatchNormParameters {
  readonly gamma?: Float64Array;
  readonly beta?: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly epsilon: number;
}

/** Without activation. */
export function batchNormInference(x: Float64Array, parameters: BatchNormParameters): Float64Array {
  const { gamma, beta, mean, variance, epsilon } = parameters;
  return x.map((value, i) => {
    const c = i % mean.length;
    return ((value - mean[c]) / Math.sqrt(variance[c] + epsilon)) * (gamma?.[c] ?? 1) + (beta?.[c] ?? 0);
  });
}

/** Gradients with respect to x, gamma and beta. */
export function batchNormInferenceGrad(dy: Float64Array, x: Float64Array, parameters: BatchNormParameters) {
  const { gamma, mean, variance, epsilon } = parameters;
  const channels = mean.length;
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  return {
    x: dy.map((value, i) => value * inverse[i % channels] * (gamma?.[i % channels] ?? 1)),
    gamma: sumRows(
      dy.map((value, i) => value * (x[i] - mean[i % channels]) * inverse[i % channels]),
      channels,
    ),
    beta: sumRows(dy, channels),
  };
}
