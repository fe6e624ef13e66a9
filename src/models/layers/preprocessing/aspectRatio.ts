/** Boxes of another aspect ratio, after image.resize of keras/src/backend/tensorflow/image.py. */
import type { Size2d } from "../../../kernels/common/window2d.js";

interface Box {
  readonly size: Size2d;
  /** Rows above it, columns to the left. */
  readonly start: Size2d;
}

/** ⌊extent · to / from⌋ with the rounding of float32, as there. */
function scaled(extent: number, to: number, from: number): number {
  return Math.floor(Math.fround(Math.fround(extent * to) / from));
}

/** The largest box within an image that has the target's aspect ratio, in its middle. */
export function cropBox([height, width]: Size2d, [rows, columns]: Size2d): Box {
  const size: Size2d = [
    Math.max(Math.min(height, scaled(width, rows, columns)), 1),
    Math.max(Math.min(width, scaled(height, columns, rows)), 1),
  ];
  return { size, start: [Math.floor((height - size[0]) / 2), Math.floor((width - size[1]) / 2)] };
}

/** Rows above and below, columns left and right, that bring an image to the target's aspect ratio. */
export function padding([height, width]: Size2d, [rows, columns]: Size2d): Size2d {
  const padded: Size2d = [
    Math.max(height, scaled(width, rows, columns)),
    Math.max(width, scaled(height, columns, rows)),
  ];
  const above = Math.floor((padded[0] - height) / 2);
  return [above, above > 0 ? 0 : Math.floor((padded[1] - width) / 2)];
}
