/** Keras's augmentation of one image in float64, written from the definitions of scipy.ndimage, Keras and Pillow. */
import type { FillMode } from "../../src/kernels/image/fillModes.js";

export interface ReferenceImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** C order. */
  readonly pixels: ArrayLike<number>;
}

/** Whole-pixel distance from a border at which a fill mode jumps, where a rounding error may take the other side. */
export const JUMP_MARGIN = 1e-4;

/** Coordinates folded back into [0, n − 1], or beyond it by less than a pixel; undefined where `cval` stands. */
function fold(at: number, n: number, mode: FillMode): number | undefined {
  if (at >= 0 && at <= n - 1) return at;
  switch (mode) {
    case "constant":
      return undefined;
    case "nearest":
      return at < 0 ? 0 : n - 1;
    case "wrap": {
      if (n === 1) return 0;
      // What comes from before the image ends upon its last pixel, what comes from behind it upon its first.
      if (at < 0) while (at <= 0) at += n - 1;
      else while (at >= n - 1) at -= n - 1;
      return at;
    }
    case "reflect": {
      if (n === 1) return 0;
      // Mirrored at −½ and at n − ½, until it is between the two.
      while (at < -0.5 || at > n - 0.5) at = at < -0.5 ? -1 - at : 2 * n - 1 - at;
      return at;
    }
  }
}

/**
 * The image through the map (row, column) → (matrix · (row, column, 1)), and which of its values are so near to a jump
 * of the fill mode that float32 may see them on the other side.
 */
export function warpAffine(
  { height, width, channels, pixels }: ReferenceImage,
  matrix: ArrayLike<number>,
  mode: FillMode,
  cval: number,
): { values: Float64Array; unsure: Uint8Array } {
  const values = new Float64Array(height * width * channels);
  const unsure = new Uint8Array(values.length);
  const within = (i: number, n: number) => Math.min(n - 1, Math.max(0, i));
  const isJump = (at: number, n: number) => {
    if (mode === "constant") return Math.min(Math.abs(at), Math.abs(at - n + 1)) < JUMP_MARGIN;
    if (mode !== "wrap" || n === 1) return false;
    return Math.abs(at / (n - 1) - Math.round(at / (n - 1))) * (n - 1) < JUMP_MARGIN;
  };
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const [r, c] = [0, 3].map((k) => matrix[k] * i + matrix[k + 1] * j + matrix[k + 2]);
      const [row, column] = [fold(r, height, mode), fold(c, width, mode)];
      for (let k = 0; k < channels; k++) {
        const at = (i * width + j) * channels + k;
        unsure[at] = Number(isJump(r, height) || isJump(c, width));
        if (row === undefined || column === undefined) {
          values[at] = cval;
          continue;
        }
        for (const y of [Math.floor(row), Math.floor(row) + 1]) {
          for (const x of [Math.floor(column), Math.floor(column) + 1]) {
            const weight = (1 - Math.abs(row - y)) * (1 - Math.abs(column - x));
            values[at] += weight * pixels[(within(y, height) * width + within(x, width)) * channels + k];
          }
        }
      }
    }
  }
  return { values, unsure };
}

/** np.clip(x + shift, min(x), max(x)) */
export function channelShift(values: Float64Array, shift: number): Float64Array {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => Math.min(high, Math.max(low, value + shift)));
}

/**
 * PIL.ImageEnhance.Brightness of the image as bytes. Values that are not bytes are stretched over 0…255 before and
 * brought back after; `stretch`: all are, and none is brought back (Keras ≤ 2.8).
 */
export function brighten(values: Float64Array, brightness: number, stretch: boolean): Float64Array {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const outside = low < 0 || high > 255;
  const level = (value: number) => (stretch || outside ? ((value - low) / (high - low || 1)) * 255 : value);
  const enhanced = values.map((value) =>
    Math.trunc(Math.min(255, Math.max(0, brightness * Math.trunc(level(value))))),
  );
  return outside && !stretch ? enhanced.map((value) => (value / 255) * (high - low) + low) : enhanced;
}
