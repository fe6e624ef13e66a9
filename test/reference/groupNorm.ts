import type { GroupNormAttrs } from "../../src/kernels/norm/groupNorm.js";
import { sizeOf, type Shape } from "../../src/tensor.js";

type Layout = Pick<GroupNormAttrs, "batchAxes" | "parameterAxes" | "groups" | "epsilon">;

export interface GroupParameters extends Layout {
  readonly gamma?: Float64Array;
  readonly beta?: Float64Array;
}

/** The places in x of each set that is normalised together. */
function setsOf(shape: Shape, { batchAxes, parameterAxes, groups }: Layout): number[][] {
  const sample = sizeOf(shape.slice(batchAxes));
  const channels = sizeOf(shape.slice(-parameterAxes));
  const sets = new Map<number, number[]>();
  for (let i = 0; i < sizeOf(shape); i++) {
    const group = Math.floor((i % channels) / (channels / groups));
    const set = Math.floor(i / sample) * groups + group;
    sets.set(set, [...(sets.get(set) ?? []), i]);
  }
  return [...sets].sort(([a], [b]) => a - b).map(([, places]) => places);
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function groupNorm(x: Float64Array, shape: Shape, parameters: GroupParameters) {
  const { gamma, beta, epsilon, parameterAxes } = parameters;
  const channels = sizeOf(shape.slice(-parameterAxes));
  const [y, normalized] = [new Float64Array(x.length), new Float64Array(x.length)];
  const statistics = setsOf(shape, parameters).map((places) => {
    const mean = meanOf(places.map((i) => x[i]));
    const variance = meanOf(places.map((i) => (x[i] - mean) ** 2));
    for (const i of places) {
      normalized[i] = (x[i] - mean) / Math.sqrt(variance + epsilon);
      y[i] = normalized[i] * (gamma?.[i % channels] ?? 1) + (beta?.[i % channels] ?? 0);
    }
    return { mean, variance };
  });
  return { y, normalized, statistics };
}

export function groupNormGrad(dy: Float64Array, x: Float64Array, shape: Shape, parameters: GroupParameters) {
  const { gamma, epsilon, parameterAxes } = parameters;
  const channels = sizeOf(shape.slice(-parameterAxes));
  const { normalized, statistics } = groupNorm(x, shape, parameters);
  const own = dy.map((value, i) => value * (gamma?.[i % channels] ?? 1));
  const dx = new Float64Array(x.length);
  setsOf(shape, parameters).forEach((places, set) => {
    const mean = meanOf(places.map((i) => own[i]));
    const dot = meanOf(places.map((i) => own[i] * normalized[i]));
    for (const i of places) {
      dx[i] = (own[i] - mean - normalized[i] * dot) / Math.sqrt(statistics[set].variance + epsilon);
    }
  });
  const [dgamma, dbeta] = [new Float64Array(channels), new Float64Array(channels)];
  dy.forEach((value, i) => {
    dgamma[i % channels] += value * normalized[i];
    dbeta[i % channels] += value;
  });
  return { x: dx, gamma: dgamma, beta: dbeta };
}
