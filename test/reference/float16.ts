import { Tensor, type Shape } from "../../src/tensor.js";
import { uniform } from "./random.js";

/** The nearest float16, ties to even (IEEE 754 binary16). */
export function toFloat16(value: number): number {
  const size = Math.abs(value);
  // One place in the last of eleven; below 2^-14 the exponent goes no further down.
  let place = 2 ** -24;
  while (size / place >= 2048 && place < 64) place *= 2;
  const places = size / place;
  const down = Math.floor(places);
  const rest = places - down;
  const rounded = (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down) * place;
  return Math.sign(value) * (rounded > 65504 ? Infinity : rounded);
}

/** As `uniform`, of values that float16 has. */
export function uniformFloat16(seed: number, shape: Shape, low = -1, high = 1): Tensor<"float32"> {
  const values = uniform(seed, shape, low, high).dataSync();
  return new Tensor(values.map(toFloat16), shape, "float32");
}
