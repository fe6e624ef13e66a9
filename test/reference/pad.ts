import type { Shape } from "../../src/tensor.js";

/** Zeros around the image; negative pads take rows and columns away. */
export function pad2d(
  x: Float64Array,
  [batch, height, width, channels]: Shape,
  [top, bottom, left, right]: readonly number[],
): Float64Array {
  const y: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let h = -top; h < height + bottom; h++)
      for (let w = -left; w < width + right; w++)
        for (let c = 0; c < channels; c++) {
          const inside = h >= 0 && h < height && w >= 0 && w < width;
          y.push(inside ? x[((n * height + h) * width + w) * channels + c] : 0);
        }
  return Float64Array.from(y);
}
