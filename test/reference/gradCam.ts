/** Grad-CAM by its definition, in float64. */
import { sizeOf, type Shape } from "../../src/tensor.js";
import type { Activation } from "./layers.js";

/**
 * The heat of maps (n, h, w, c) from the gradient of a score by them: each map weighted by its mean gradient, the sum
 * without its negative values, divided by the largest of each image.
 */
export function gradCam({ values, shape }: Activation, gradient: Float64Array): Activation {
  const [n, height, width, channels] = shape;
  const positions = height * width;
  const heat = new Float64Array(n * positions);
  for (let i = 0; i < n; i++) {
    const at = (position: number, channel: number) => (i * positions + position) * channels + channel;
    for (let c = 0; c < channels; c++) {
      let weight = 0;
      for (let p = 0; p < positions; p++) weight += gradient[at(p, c)] / positions;
      for (let p = 0; p < positions; p++) heat[i * positions + p] += weight * values[at(p, c)];
    }
    const part = heat.subarray(i * positions, (i + 1) * positions);
    part.forEach((value, p) => (part[p] = Math.max(0, value)));
    const largest = Math.max(...part);
    if (largest > 0) part.forEach((value, p) => (part[p] = value / largest));
  }
  return { values: heat, shape: [n, height, width] };
}

/** 1 at the class of each sample; of one unit, −1 for class 0. */
export function seedOf(classes: readonly number[], shape: Shape): Float64Array {
  const [n, units] = shape;
  const seed = new Float64Array(sizeOf(shape));
  for (let i = 0; i < n; i++) {
    if (units === 1) seed[i] = classes[i] === 1 ? 1 : -1;
    else seed[i * units + classes[i]] = 1;
  }
  return seed;
}
