/** Seeded random numbers for tests: the same on every machine. */
import { sizeOf, tensor, type Shape, type Tensor } from "../../src/tensor.js";

/** The mulberry32 generator: uniform in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A float32 tensor of uniform numbers in [low, high). */
export function uniform(seed: number, shape: Shape, low = -1, high = 1): Tensor<"float32"> {
  const next = mulberry32(seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next()),
    shape,
  );
}
