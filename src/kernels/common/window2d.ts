/** Arithmetic of a window that slides over the two spatial axes of an NHWC tensor, as TensorFlow does it. */
import { shapeError } from "../../errors.js";

/** Zeros (or nothing, for pooling) around an image: top, bottom, left, right. */
export type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** Rows, columns. */
export type Size2d = readonly [height: number, width: number];

/**
 * Zeros (or nothing, for pooling) to put around an image: top, bottom, left, right. "valid" pads nothing; "same" makes
 * ceil(input / stride) outputs, with the extra row and column, if any, at the bottom and the right
 * (tensorflow/core/framework/kernel_shape_util.cc).
 *
 * @param kernelHW what the kernel covers: `dilatedSize`, where it is dilated
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

/** Height and width that a kernel covers whose elements are `dilations` apart. */
export function dilatedSize(kernelHW: Size2d, dilations: Size2d): Size2d {
  return [(kernelHW[0] - 1) * dilations[0] + 1, (kernelHW[1] - 1) * dilations[1] + 1];
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

/** Positions of a window along height and width, or a `shape` error where it does not fit even once. */
export function windowPositions(
  op: string,
  [height, width]: Size2d,
  window: Size2d,
  strides: Size2d,
  pads: Pads,
): [rows: number, columns: number] {
  const [rows, columns] = convOutputHW([height, width], window, strides, pads);
  if (!(rows >= 1 && columns >= 1)) {
    const [top, bottom, left, right] = pads;
    throw shapeError(
      op,
      `an image of at least ${window[0]}×${window[1]} with its padding`,
      `${height + top + bottom}×${width + left + right}`,
    );
  }
  return [rows, columns];
}
