import type { Resize2dAttrs, ResizeInterpolation } from "../../src/kernels/image/resize2d.js";
import { sizeOf, type Shape } from "../../src/tensor.js";

/** Kernels of keras/src/backend/torch/image.py and of tf.image.resize, by the distance from their middle. */
const curves: Record<ResizeInterpolation, { weight: (x: number) => number }> = {
  nearest: { weight: () => 1 },
  bilinear: { weight: (x) => Math.max(0, 1 - x) },
  bicubic: { weight: (x) => cubic(x, -0.5) },
  lanczos3: { weight: (x) => lanczos(x, 3) },
  lanczos5: { weight: (x) => lanczos(x, 5) },
};

/** Keys's cubic convolution; PyTorch has a = −0.75, TensorFlow and JAX −0.5. */
export function cubic(x: number, a: number): number {
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}

function lanczos(x: number, radius: number): number {
  if (x === 0) return 1;
  const angle = Math.PI * x;
  return x < radius ? (radius * Math.sin(angle) * Math.sin(angle / radius)) / angle ** 2 : 0;
}

/** The places of an axis of n that place i of a result of m is made of, and their weights, which sum to 1. */
function tapsOf(
  i: number,
  n: number,
  m: number,
  { interpolation, antialias = false }: Resize2dAttrs,
): { place: number; weight: number }[] {
  const scale = n / m;
  if (interpolation === "nearest")
    return [{ place: Math.min(Math.floor((i + 0.5) * scale), n - 1), weight: 1 }];
  const { weight } = curves[interpolation];
  const position = (i + 0.5) * scale - 0.5;
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const taps = Array.from({ length: n }, (_, place) => ({
    place,
    weight: weight(Math.abs(place - position) / stretch),
  })).filter((tap) => tap.weight !== 0);
  const total = taps.reduce((sum, tap) => sum + tap.weight, 0);
  return taps.map((tap) => ({ ...tap, weight: tap.weight / total }));
}

function forEachTerm(
  [batch, height, width, channels]: Shape,
  attrs: Resize2dAttrs,
  term: (x: number, y: number, weight: number) => void,
): void {
  const [outHeight, outWidth] = attrs.size;
  const taps = (n: number, m: number) => Array.from({ length: m }, (_, i) => tapsOf(i, n, m, attrs));
  const [rows, columns] = [taps(height, outHeight), taps(width, outWidth)];
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < outHeight; h++)
      for (let w = 0; w < outWidth; w++)
        for (const row of rows[h])
          for (const column of columns[w])
            for (let c = 0; c < channels; c++)
              term(
                ((n * height + row.place) * width + column.place) * channels + c,
                ((n * outHeight + h) * outWidth + w) * channels + c,
                row.weight * column.weight,
              );
}

export function resize2d(x: Float64Array, shape: Shape, attrs: Resize2dAttrs): Float64Array {
  const y = new Float64Array(shape[0] * sizeOf(attrs.size) * shape[3]);
  forEachTerm(shape, attrs, (i, o, weight) => (y[o] += weight * x[i]));
  return y;
}

export function resize2dGrad(dy: Float64Array, shape: Shape, attrs: Resize2dAttrs): Float64Array {
  const dx = new Float64Array(sizeOf(shape));
  forEachTerm(shape, attrs, (i, o, weight) => (dx[i] += weight * dy[o]));
  return dx;
}
