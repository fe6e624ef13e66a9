/** Generated inputs: seeded, the same on every machine. */
import { mulberry32 } from "../src/models/random.js";
import { sizeOf, tensor, type Shape, type Tensor } from "../src/tensor.js";

/** Longer arrays repeat a block of this many values: drawing each would take longer than what is measured. */
const block = 1 << 18;

/** Values on [low, high). */
export function uniform(count: number, seed: number, low: number, high: number): Float32Array {
  const next = mulberry32(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < Math.min(count, block); i++) values[i] = low + (high - low) * next();
  for (let i = block; i < count; i += block) values.copyWithin(i, 0, Math.min(block, count - i));
  return values;
}

/** Images or features: values on [0, 1). */
export function samples(shape: Shape, seed: number): Tensor<"float32"> {
  return tensor(uniform(sizeOf(shape), seed, 0, 1), shape);
}

/** Labels 0, 1, 0, 1, … */
export function labels(count: number): Tensor<"float32"> {
  return tensor(Float32Array.from({ length: count }, (_, i) => i % 2));
}
