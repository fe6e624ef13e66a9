/** Updates of one variable, as Keras 3 writes them, in float64; each returns what the variable and its slots become. */
import type { AdamUpdateAttrs } from "../../src/kernels/adamUpdate.js";
import type { RmspropUpdateAttrs } from "../../src/kernels/rmspropUpdate.js";
import type { SgdUpdateAttrs } from "../../src/kernels/sgdUpdate.js";

type Vector = Float64Array;

export function sgd(
  w: Vector,
  g: Vector,
  rate: number,
  [m]: Vector[],
  { momentum, nesterov }: SgdUpdateAttrs,
): Vector[] {
  if (momentum === 0) return [w.map((value, i) => value - rate * g[i])];
  const next = m.map((value, i) => momentum * value - rate * g[i]);
  return [w.map((value, i) => value + (nesterov ? momentum * next[i] - rate * g[i] : next[i])), next];
}

export function rmsprop(
  w: Vector,
  g: Vector,
  rate: number,
  slots: Vector[],
  attrs: RmspropUpdateAttrs,
): Vector[] {
  const { rho, momentum, epsilon, centered, epsilonInsideRoot } = attrs;
  const v = slots[0].map((value, i) => rho * value + (1 - rho) * g[i] ** 2);
  const mean = centered ? slots.at(-1)!.map((value, i) => rho * value + (1 - rho) * g[i]) : undefined;
  const step = g.map((value, i) => {
    const square = v[i] - (mean ? mean[i] ** 2 : 0);
    return (rate * value) / (epsilonInsideRoot ? Math.sqrt(square + epsilon) : Math.sqrt(square) + epsilon);
  });
  const m = momentum > 0 ? slots[1].map((value, i) => momentum * value + step[i]) : undefined;
  return [w.map((value, i) => value - (m ?? step)[i]), v, ...(m ? [m] : []), ...(mean ? [mean] : [])];
}

export function adam(w: Vector, g: Vector, rate: number, slots: Vector[], attrs: AdamUpdateAttrs): Vector[] {
  const { beta1, beta2, epsilon } = attrs;
  const m = slots[0].map((value, i) => beta1 * value + (1 - beta1) * g[i]);
  const v = slots[1].map((value, i) => beta2 * value + (1 - beta2) * g[i] ** 2);
  return [w.map((value, i) => value - (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)), m, v];
}
