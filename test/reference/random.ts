/** Seeded random numbers for tests: the same on every machine. */
import { mulberry32 } from "../../src/models/random.js";
import { sizeOf, tensor, type Shape, type Tensor } from "../../src/tensor.js";

/** A float32 tensor of uniform numbers in [low, high). */
export function uniform(seed: number, shape: Shape, low = -1, high = 1): Tensor<"float32"> {
  const next = mulberry32(seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next()),
    shape,
  );
}
