/** Convolution with groups and dilation, and its gradients, by the definition: y[…] += x[…] · kernel[…], element by element. */
import { sizeOf, type Shape } from "../../src/tensor.js";

export interface GroupedWindow {
  readonly strides: readonly [number, number];
  readonly pads: readonly [top: number, bottom: number, left: number, right: number];
  readonly dilations?: readonly [number, number];
  readonly groups?: number;
}

export interface GroupedShapes {
  readonly x: Shape;
  /** [kh, kw, cin / groups, cout] */
  readonly kernel: Shape;
  readonly y: Shape;
}

/** Calls `term` with the places of every x · kernel in the y that it is part of. */
function forEachTerm(
  {
    x: [batch, height, width, channels],
    kernel: [kernelHeight, kernelWidth, inputs, filters],
    y,
  }: GroupedShapes,
  { strides, pads: [top, , left], dilations = [1, 1], groups = 1 }: GroupedWindow,
  term: (x: number, kernel: number, y: number) => void,
): void {
  const [, outHeight, outWidth] = y;
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let kh = 0; kh < kernelHeight; kh++)
          for (let kw = 0; kw < kernelWidth; kw++) {
            const h = oh * strides[0] + kh * dilations[0] - top;
            const w = ow * strides[1] + kw * dilations[1] - left;
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let o = 0; o < filters; o++)
              for (let i = 0; i < inputs; i++) {
                const channel = Math.floor(o / (filters / groups)) * inputs + i;
                term(
                  ((n * height + h) * width + w) * channels + channel,
                  ((kh * kernelWidth + kw) * inputs + i) * filters + o,
                  ((n * outHeight + oh) * outWidth + ow) * filters + o,
                );
              }
          }
}

/** Without bias or activation. */
export function groupedConv2d(
  x: Float64Array,
  kernel: Float64Array,
  shapes: GroupedShapes,
  window: GroupedWindow,
): Float64Array {
  const y = new Float64Array(sizeOf(shapes.y));
  forEachTerm(shapes, window, (i, k, o) => (y[o] += x[i] * kernel[k]));
  return y;
}

/** Gradients of Σ dy · groupedConv2d(x, kernel). */
export function groupedConv2dGrad(
  x: Float64Array,
  kernel: Float64Array,
  dy: Float64Array,
  shapes: GroupedShapes,
  window: GroupedWindow,
) {
  const [dx, dkernel] = [new Float64Array(x.length), new Float64Array(kernel.length)];
  forEachTerm(shapes, window, (i, k, o) => {
    dx[i] += dy[o] * kernel[k];
    dkernel[k] += dy[o] * x[i];
  });
  return { dx, dkernel };
}
