import type { Pool2dAttrs } from "../../src/kernels/pool/pool2d.js";
import { sizeOf, type Shape } from "../../src/tensor.js";
import { pooledShape } from "./maxPool2d.js";

export function globalAveragePool2d(x: Float64Array, [n, h, w, c]: Shape): Float64Array {
  const y = new Float64Array(n * c);
  x.forEach((value, i) => (y[Math.floor(i / (h * w * c)) * c + (i % c)] += value / (h * w)));
  return y;
}

export function globalAveragePool2dGrad(dy: Float64Array, shape: Shape): Float64Array {
  const [, h, w, c] = shape;
  return Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => dy[Math.floor(i / (h * w * c)) * c + (i % c)] / (h * w),
  );
}

/** Calls `term` with each element of a window, the window's result, and the number of elements that it covers of the image. */
function forEachTerm(
  shape: Shape,
  attrs: Pool2dAttrs,
  term: (x: number, y: number, count: number) => void,
): void {
  const [, height, width, channels] = shape;
  const [batch, outHeight, outWidth] = pooledShape(shape, attrs);
  const { poolSize, strides, pads } = attrs;
  const covered = (window: number, axis: 0 | 1, size: number) =>
    Array.from({ length: poolSize[axis] }, (_, k) => window * strides[axis] - pads[2 * axis] + k).filter(
      (at) => at >= 0 && at < size,
    );
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++) {
        const [rows, columns] = [covered(oh, 0, height), covered(ow, 1, width)];
        for (const h of rows)
          for (const w of columns)
            for (let c = 0; c < channels; c++)
              term(
                ((n * height + h) * width + w) * channels + c,
                ((n * outHeight + oh) * outWidth + ow) * channels + c,
                rows.length * columns.length,
              );
      }
}

/** Padding takes no part in the mean, as in TensorFlow. */
export function averagePool2d(x: Float64Array, shape: Shape, attrs: Pool2dAttrs): Float64Array {
  const y = new Float64Array(sizeOf(pooledShape(shape, attrs)));
  forEachTerm(shape, attrs, (i, o, count) => (y[o] += x[i] / count));
  return y;
}

export function averagePool2dGrad(dy: Float64Array, shape: Shape, attrs: Pool2dAttrs): Float64Array {
  const dx = new Float64Array(sizeOf(shape));
  forEachTerm(shape, attrs, (i, o, count) => (dx[i] += dy[o] / count));
  return dx;
}
