/** Warping one image on the host, in float64: `scipy.ndimage.affine_transform` of order 1. The GPU has `warpAffine`. */
import type { FillMode } from "../../../kernels/image/fillModes.js";
import type { AffineMatrix } from "./transform.js";

export interface Fill {
  /** Default "nearest". */
  readonly fillMode?: FillMode;
  /** For `constant`. Default 0. */
  readonly cval?: number;
}

/**
 * A coordinate brought back to an axis of `size` pixels as scipy's `map_coordinate` does it; under `reflect` it may stay
 * up to a pixel outside, where both neighbours are the outermost pixel. NaN where `cval` stands.
 */
function mapCoordinate(at: number, size: number, fillMode: FillMode): number {
  const last = size - 1;
  if (at >= 0 && at <= last) return at;
  if (fillMode === "constant") return NaN;
  if (fillMode === "nearest") return at < 0 ? 0 : last;
  if (size === 1) return 0;
  if (fillMode === "reflect") {
    const phase = at - 2 * size * Math.floor(at / (2 * size));
    return phase >= size ? 2 * size - phase - 1 : phase;
  }
  // The last pixel stands for the first of the next repetition: the period is one less than the size.
  return at < 0 ? at + last * (Math.trunc(-at / last) + 1) : at - last * Math.trunc(at / last);
}

/**
 * @param pixels of an image [height, width, channels], in C order
 * @param matrix from places in the result to places in the image
 * @returns as many values, rounded to float32
 */
export function warp(
  pixels: ArrayLike<number>,
  [height, width, channels]: readonly number[],
  matrix: AffineMatrix,
  { fillMode = "nearest", cval = 0 }: Fill = {},
): Float32Array {
  const out = new Float32Array(height * width * channels).fill(cval);
  const [rr, rc, r0, cr, cc, c0] = matrix;
  const within = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));
  for (let i = 0, to = 0; i < height; i++) {
    for (let j = 0; j < width; j++, to += channels) {
      const row = mapCoordinate(rr * i + rc * j + r0, height, fillMode);
      const column = mapCoordinate(cr * i + cc * j + c0, width, fillMode);
      if (Number.isNaN(row) || Number.isNaN(column)) continue;
      const [y, x] = [Math.floor(row), Math.floor(column)];
      const [down, right] = [row - y, column - x];
      const top = within(y, height) * width;
      const bottom = within(y + 1, height) * width;
      const near = within(x, width);
      const far = within(x + 1, width);
      for (let channel = 0; channel < channels; channel++) {
        const at = (pixel: number) => pixels[pixel * channels + channel];
        const above = at(top + near) * (1 - right) + at(top + far) * right;
        const below = at(bottom + near) * (1 - right) + at(bottom + far) * right;
        out[to + channel] = above * (1 - down) + below * down;
      }
    }
  }
  return out;
}
