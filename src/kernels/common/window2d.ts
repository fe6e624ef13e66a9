/** Arithmetic of a window that slides over the two spatial axes of an NHWC tensor. */
import { shapeError } from "../../errors.js";
import { convOutputHW } from "../conv/convShape.js";

/** Zeros (or nothing, for pooling) around an image: top, bottom, left, right. */
export type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** Rows, columns. */
export type Size2d = readonly [height: number, width: number];

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
