/** Updates of one variable, as Keras 3 writes them, in float64; each returns what the variable and its slots become. */
import type { AdamUpdateAttrs } from "../../src/kernels/training/adamUpdate.js";
import type { RmspropUpdateAttrs } from "../../src/kernels/training/rmspropUpdate.js";
import type { SgdUpdateAttrs } from "../../src/kernels/training/sgdUpdate.js";

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
  const next = w.slice();
  const v = slots[0].slice();
  const m = momentum > 0 ? slots[1].slice() : undefined;
  const mean = centered ? slots.at(-1)!.slice() : undefined;
  // One loop over all, because millions of weights are trained with this, too.
  for (let i = 0; i < w.length; i++) {
    v[i] = rho * v[i] + (1 - rho) * g[i] * g[i];
    if (mean) mean[i] = rho * mean[i] + (1 - rho) * g[i];
    const square = v[i] - (mean ? mean[i] * mean[i] : 0);
    const root = epsilonInsideRoot ? Math.sqrt(square + epsilon) : Math.sqrt(square) + epsilon;
    const step = (rate * g[i]) / root;
    if (m) m[i] = momentum * m[i] + step;
    next[i] -= m ? m[i] : step;
  }
  return [next, v, ...(m ? [m] : []), ...(mean ? [mean] : [])];
}

export function adam(w: Vector, g: Vector, rate: number, slots: Vector[], attrs: AdamUpdateAttrs): Vector[] {
  const { beta1, beta2, epsilon } = attrs;
  const m = slots[0].map((value, i) => beta1 * value + (1 - beta1) * g[i]);
  const v = slots[1].map((value, i) => beta2 * value + (1 - beta2) * g[i] ** 2);
  return [w.map((value, i) => value - (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)), m, v];
}
