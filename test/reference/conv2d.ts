import type { Shape } from "../../src/tensor.js";

type Strides = readonly [number, number];
type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** Calls `visit` with the flat index of y, x and kernel of every product that the definition of convolution adds up. */
function eachProduct(
  [batch, height, width, inChannels]: Shape,
  [kernelHeight, kernelWidth, , outChannels]: Shape,
  strides: Strides,
  [top, bottom, left, right]: Pads,
  visit: (y: number, x: number, kernel: number) => void,
): void {
  const outHeight = Math.floor((height + top + bottom - kernelHeight) / strides[0]) + 1;
  const outWidth = Math.floor((width + left + right - kernelWidth) / strides[1]) + 1;
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let kh = 0; kh < kernelHeight; kh++)
          for (let kw = 0; kw < kernelWidth; kw++) {
            const h = oh * strides[0] + kh - top;
            const w = ow * strides[1] + kw - left;
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let i = 0; i < inChannels; i++)
              for (let o = 0; o < outChannels; o++) {
                visit(
                  ((n * outHeight + oh) * outWidth + ow) * outChannels + o,
                  ((n * height + h) * width + w) * inChannels + i,
                  ((kh * kernelWidth + kw) * inChannels + i) * outChannels + o,
                );
              }
          }
}

/** Padded, strided convolution by the definition, without bias or activation; `size` is the number of outputs. */
export function conv2d(
  x: Float64Array,
  xShape: Shape,
  kernel: Float64Array,
  kernelShape: Shape,
  strides: Strides,
  pads: Pads,
  size: number,
): Float64Array {
  const y = new Float64Array(size);
  eachProduct(xShape, kernelShape, strides, pads, (iy, ix, ik) => (y[iy] += x[ix] * kernel[ik]));
  return y;
}

/** Gradients of Σ dy·conv2d(x, kernel) with respect to x and kernel. */
export function conv2dGrad(
  x: Float64Array,
  xShape: Shape,
  kernel: Float64Array,
  kernelShape: Shape,
  strides: Strides,
  pads: Pads,
  dy: Float64Array,
): { dx: Float64Array; dkernel: Float64Array } {
  const dx = new Float64Array(x.length);
  const dkernel = new Float64Array(kernel.length);
  eachProduct(xShape, kernelShape, strides, pads, (iy, ix, ik) => {
    dx[ix] += dy[iy] * kernel[ik];
    dkernel[ik] += dy[iy] * x[ix];
  });
  return { dx, dkernel };
}
