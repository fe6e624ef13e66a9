/** Shape arithmetic of convolution and pooling windows, as TensorFlow does it. */
import type { Pads, Size2d } from "../common/window2d.js";

/**
 * Zeros (or nothing, for pooling) to put around an image: top, bottom, left, right. "valid" pads nothing; "same" makes
 * ceil(input / stride) outputs, with the extra row and column, if any, at the bottom and the right
 * (tensorflow/core/framework/kernel_shape_util.cc).
 */
export function resolvePads(
  padding: "same" | "valid",
  inputHW: Size2d,
  kernelHW: Size2d,
  strides: Size2d,
): [top: number, bottom: number, left: number, right: number] {
  if (padding === "valid") return [0, 0, 0, 0];
  const around = (axis: 0 | 1) => {
    const outputs = Math.ceil(inputHW[axis] / strides[axis]);
    const total = Math.max(0, (outputs - 1) * strides[axis] + kernelHW[axis] - inputHW[axis]);
    return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
  };
  return [...around(0), ...around(1)];
}

/** Height and width of what a window leaves of an image; below 1 where it does not fit. */
export function convOutputHW(
  inputHW: Size2d,
  kernelHW: Size2d,
  strides: Size2d,
  [top, bottom, left, right]: Pads,
): [height: number, width: number] {
  return [
    Math.floor((inputHW[0] + top + bottom - kernelHW[0]) / strides[0]) + 1,
    Math.floor((inputHW[1] + left + right - kernelHW[1]) / strides[1]) + 1,
  ];
}
