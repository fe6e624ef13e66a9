import type { Resize2dAttrs } from "../../src/kernels/image/resize2d.js";
import { sizeOf, type Shape } from "../../src/tensor.js";

/** The places of an axis of n that place i of a result of m is made of, and their weights. */
function tapsOf(
  i: number,
  n: number,
  m: number,
  { interpolation, antialias = false }: Resize2dAttrs,
): { place: number; weight: number }[] {
  const scale = n / m;
  if (interpolation === "nearest")
    return [{ place: Math.min(Math.floor((i + 0.5) * scale), n - 1), weight: 1 }];
  const position = (i + 0.5) * scale - 0.5;
  if (!antialias || scale <= 1) {
    // Between two neighbours; beyond the edge, the edge twice.
    const low = Math.floor(position);
    const inside = (place: number) => Math.min(Math.max(place, 0), n - 1);
    return [
      { place: inside(low), weight: 1 - (position - low) },
      { place: inside(low + 1), weight: position - low },
    ];
  }
  const taps = Array.from({ length: n }, (_, place) => ({
    place,
    weight: Math.max(0, 1 - Math.abs(place - position) / scale),
  }));
  const total = taps.reduce((sum, { weight }) => sum + weight, 0);
  return taps.map(({ place, weight }) => ({ place, weight: weight / total }));
}

function forEachTerm(
  [batch, height, width, channels]: Shape,
  attrs: Resize2dAttrs,
  term: (x: number, y: number, weight: number) => void,
): void {
  const [outHeight, outWidth] = attrs.size;
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < outHeight; h++)
      for (let w = 0; w < outWidth; w++)
        for (const row of tapsOf(h, height, outHeight, attrs))
          for (const column of tapsOf(w, width, outWidth, attrs))
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
