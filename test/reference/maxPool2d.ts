import type { MaxPool2dAttrs } from "../../src/kernels/pool/maxPool2d.js";
import { sizeOf, type Shape } from "../../src/tensor.js";

export function pooledShape([n, h, w, c]: Shape, { poolSize, strides, pads }: MaxPool2dAttrs): Shape {
  const [top, bottom, left, right] = pads;
  return [
    n,
    Math.floor((h + top + bottom - poolSize[0]) / strides[0]) + 1,
    Math.floor((w + left + right - poolSize[1]) / strides[1]) + 1,
    c,
  ];
}

/** Pads with -infinity and takes the first maximum in row-major order. */
export function maxPool2d(x: Float64Array, shape: Shape, attrs: MaxPool2dAttrs) {
  const [, height, width, channels] = shape;
  const [batch, outHeight, outWidth] = pooledShape(shape, attrs);
  const y: number[] = [];
  const argmax: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let c = 0; c < channels; c++) {
          let best = -Infinity;
          let index = -1;
          for (let k = 0; k < attrs.poolSize[0] * attrs.poolSize[1]; k++) {
            const h = oh * attrs.strides[0] - attrs.pads[0] + Math.floor(k / attrs.poolSize[1]);
            const w = ow * attrs.strides[1] - attrs.pads[2] + (k % attrs.poolSize[1]);
            const inside = h >= 0 && h < height && w >= 0 && w < width;
            const value = inside ? x[((n * height + h) * width + w) * channels + c] : -Infinity;
            if (value > best) {
              best = value;
              index = k;
            }
          }
          y.push(best);
          argmax.push(index);
        }
  return { y: Float64Array.from(y), argmax };
}

/** Scatters dy to where the maxima were. */
export function maxPool2dGrad(
  dy: Float64Array,
  argmax: readonly number[],
  shape: Shape,
  attrs: MaxPool2dAttrs,
) {
  const [, height, width, channels] = shape;
  const [, outHeight, outWidth] = pooledShape(shape, attrs);
  const dx = new Float64Array(sizeOf(shape));
  dy.forEach((value, i) => {
    const c = i % channels;
    const ow = Math.floor(i / channels) % outWidth;
    const oh = Math.floor(i / channels / outWidth) % outHeight;
    const n = Math.floor(i / channels / outWidth / outHeight);
    const h = oh * attrs.strides[0] - attrs.pads[0] + Math.floor(argmax[i] / attrs.poolSize[1]);
    const w = ow * attrs.strides[1] - attrs.pads[2] + (argmax[i] % attrs.poolSize[1]);
    dx[((n * height + h) * width + w) * channels + c] += value;
  });
  return dx;
}
