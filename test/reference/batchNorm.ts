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

/** Mean and biased variance of x, taken as [rows, channels], in two passes. */
export function momentsOf(x: Float64Array, channels: number) {
  const rows = x.length / channels;
  const mean = sumRows(x, channels).map((sum) => sum / rows);
  const variance = sumRows(
    x.map((value, i) => (value - mean[i % channels]) ** 2),
    channels,
  ).map((sum) => sum / rows);
  return { mean, variance };
}

type OwnStatistics = Omit<BatchNormParameters, "mean" | "variance"> & { readonly channels: number };

/** By the statistics of x itself. */
export function batchNormTraining(x: Float64Array, { channels, ...parameters }: OwnStatistics) {
  const moments = momentsOf(x, channels);
  return { y: batchNormInference(x, { ...parameters, ...moments }), ...moments };
}

/** Gradients with respect to x, which its statistics depend on, gamma and beta. */
export function batchNormTrainingGrad(
  dy: Float64Array,
  x: Float64Array,
  { channels, gamma, epsilon }: OwnStatistics,
) {
  const rows = x.length / channels;
  const { mean, variance } = momentsOf(x, channels);
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const normalized = x.map((value, i) => (value - mean[i % channels]) * inverse[i % channels]);
  const dgamma = sumRows(
    dy.map((value, i) => value * normalized[i]),
    channels,
  );
  const dbeta = sumRows(dy, channels);
  return {
    x: dy.map((value, i) => {
      const c = i % channels;
      const own = value - (dbeta[c] + normalized[i] * dgamma[c]) / rows;
      return own * inverse[c] * (gamma?.[c] ?? 1);
    }),
    gamma: dgamma,
    beta: dbeta,
  };
}
