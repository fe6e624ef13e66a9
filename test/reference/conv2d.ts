import { sizeOf, type Shape } from "../../src/tensor.js";
import { transpose } from "./matMul.js";
import { RowSum } from "./rowSum.js";

type Strides = readonly [number, number];
type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** A place of the kernel's window: its matrix (in, out), and which pixels it lies between. */
interface Tap {
  /** Where the matrix begins in the kernel. */
  readonly matrix: number;
  /** Where the channels of each output pixel begin in y, and those of the input pixel under it in x. */
  readonly pixels: readonly { y: number; x: number }[];
}

/**
 * Convolution by its definition, as a list: y[pixel.y] += x[pixel.x] · matrix for every tap and pixel. Taps come first so
 * that one matrix stays in the cache while all pixels use it.
 */
function tapsOf(
  [batch, height, width, inChannels]: Shape,
  [kernelHeight, kernelWidth, , outChannels]: Shape,
  strides: Strides,
  [top, bottom, left, right]: Pads,
): Tap[] {
  const outHeight = Math.floor((height + top + bottom - kernelHeight) / strides[0]) + 1;
  const outWidth = Math.floor((width + left + right - kernelWidth) / strides[1]) + 1;
  const taps: Tap[] = [];
  for (let kh = 0; kh < kernelHeight; kh++)
    for (let kw = 0; kw < kernelWidth; kw++) {
      const pixels: { y: number; x: number }[] = [];
      for (let n = 0; n < batch; n++)
        for (let oh = 0; oh < outHeight; oh++)
          for (let ow = 0; ow < outWidth; ow++) {
            const h = oh * strides[0] + kh - top;
            const w = ow * strides[1] + kw - left;
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            pixels.push({
              y: ((n * outHeight + oh) * outWidth + ow) * outChannels,
              x: ((n * height + h) * width + w) * inChannels,
            });
          }
      taps.push({ matrix: taps.length * inChannels * outChannels, pixels });
    }
  return taps;
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
  const [, , inChannels, outChannels] = kernelShape;
  const y = new Float64Array(size);
  const sum = new RowSum(kernel, outChannels, inChannels);
  for (const { matrix, pixels } of tapsOf(xShape, kernelShape, strides, pads))
    for (const pixel of pixels) {
      for (let i = 0; i < inChannels; i++) sum.add(x[pixel.x + i], matrix + i * outChannels);
      sum.addTo(y, pixel.y);
    }
  return y;
}

/** Gradient of Σ dy·conv2d(x, kernel) with respect to x. */
export function conv2dBackpropInput(
  xShape: Shape,
  kernel: Float64Array,
  kernelShape: Shape,
  strides: Strides,
  pads: Pads,
  dy: Float64Array,
): Float64Array {
  const [, , inChannels, outChannels] = kernelShape;
  const dx = new Float64Array(sizeOf(xShape));
  for (const { matrix, pixels } of tapsOf(xShape, kernelShape, strides, pads)) {
    const part = kernel.subarray(matrix, matrix + inChannels * outChannels);
    const sum = new RowSum(transpose(part, inChannels, outChannels), inChannels, outChannels);
    for (const pixel of pixels) {
      for (let o = 0; o < outChannels; o++) sum.add(dy[pixel.y + o], o * inChannels);
      sum.addTo(dx, pixel.x);
    }
  }
  return dx;
}

/** Gradient of Σ dy·conv2d(x, kernel) with respect to the kernel. */
export function conv2dBackpropFilter(
  x: Float64Array,
  xShape: Shape,
  kernelShape: Shape,
  strides: Strides,
  pads: Pads,
  dy: Float64Array,
): Float64Array {
  const [, , inChannels, outChannels] = kernelShape;
  const dkernel = new Float64Array(sizeOf(kernelShape));
  for (const { matrix, pixels } of tapsOf(xShape, kernelShape, strides, pads)) {
    const sum = new RowSum(dy, outChannels, pixels.length);
    for (let i = 0; i < inChannels; i++) {
      for (const pixel of pixels) sum.add(x[pixel.x + i], pixel.y);
      sum.addTo(dkernel, matrix + i * outChannels);
    }
  }
  return dkernel;
}

/** Both gradients of Σ dy·conv2d(x, kernel). */
export function conv2dGrad(
  x: Float64Array,
  xShape: Shape,
  kernel: Float64Array,
  kernelShape: Shape,
  strides: Strides,
  pads: Pads,
  dy: Float64Array,
): { dx: Float64Array; dkernel: Float64Array } {
  return {
    dx: conv2dBackpropInput(xShape, kernel, kernelShape, strides, pads, dy),
    dkernel: conv2dBackpropFilter(x, xShape, kernelShape, strides, pads, dy),
  };
}
