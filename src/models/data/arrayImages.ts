import { gather, sizeOf, type Tensor } from "../../tensor.js";
import type { FlowImages } from "./imageFlow.js";

/** Images that are in memory: a tensor (n, height, width, channels), uint8 or float32. */
export function arrayImages(x: Tensor): FlowImages {
  const [count, ...shape] = x.shape;
  const dtype = x.dtype as FlowImages["dtype"];
  const values = x.dataSync() as Uint8Array | Float32Array;
  const size = sizeOf(shape);
  const inOrder = () => Uint32Array.from({ length: count }, (_, i) => i);
  return {
    count,
    shape,
    dtype,
    *batches(batchSize, order = inOrder()) {
      for (let start = 0; start < order.length; start += batchSize) {
        const indices = [...order.subarray(start, start + batchSize)];
        yield { images: gather(dtype, values, size, indices), indices };
      }
    },
  };
}
