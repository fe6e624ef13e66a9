/** Arithmetic of a window that slides over the two spatial axes of an NHWC tensor. */
import { shapeError } from "../errors.js";

/** Zeros (or nothing, for pooling) around an image: top, bottom, left, right. */
export type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** Rows, columns. */
export type Size2d = readonly [height: number, width: number];

/** Positions of a window along height and width, or a `shape` error where it does not fit even once. */
export function windowPositions(
  op: string,
  [height, width]: Size2d,
  [windowHeight, windowWidth]: Size2d,
  [strideHeight, strideWidth]: Size2d,
  [top, bottom, left, right]: Pads,
): [number, number] {
  const rows = Math.floor((height + top + bottom - windowHeight) / strideHeight) + 1;
  const columns = Math.floor((width + left + right - windowWidth) / strideWidth) + 1;
  if (!(rows >= 1 && columns >= 1)) {
    throw shapeError(
      op,
      `an image of at least ${windowHeight}×${windowWidth} with its padding`,
      `${height + top + bottom}×${width + left + right}`,
    );
  }
  return [rows, columns];
}
