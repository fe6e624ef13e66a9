/** What an image looks like at a glance: whether it is grey or blank, and the coarse pattern that its copies share. */
import type { DecodedImage } from "./formats.js";

/** Cells of a pattern along each side. */
export const patternSide = 16;

export interface Look {
  /** Red, green and blue are the same everywhere. */
  readonly isGrey: boolean;
  /** Standard deviation of the brightness, in levels of 255. */
  readonly contrast: number;
  /**
   * The mean brightness of 16 × 16 cells, shifted to mean 0 and scaled to length 1: the product of two patterns is their
   * correlation. 0 throughout for an image of one brightness.
   */
  readonly pattern: Float32Array;
}

export function lookOf({ width, height, data }: DecodedImage): Look {
  const sums = new Float64Array(patternSide * patternSide);
  const counts = new Uint32Array(sums.length);
  const columns = Uint16Array.from({ length: width }, (_, x) => Math.floor((x * patternSide) / width));
  let [sum, squares, isGrey, at] = [0, 0, true, 0];
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * patternSide) / height) * patternSide;
    for (let x = 0; x < width; x++, at += 3) {
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      isGrey &&= red === green && green === blue;
      const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
      sum += brightness;
      squares += brightness * brightness;
      const cell = row + columns[x];
      sums[cell] += brightness;
      counts[cell]++;
    }
  }
  const pixels = width * height;
  const mean = sum / pixels;
  const contrast = Math.sqrt(Math.max(0, squares / pixels - mean * mean));
  return { isGrey, contrast, pattern: unitPattern(sums, counts) };
}

function unitPattern(sums: Float64Array, counts: Uint32Array): Float32Array {
  // An image with fewer pixels than cells leaves some empty: they take the mean of the rest, which is 0 below.
  const filled = sums.map((sum, i) => (counts[i] > 0 ? sum / counts[i] : NaN));
  const known = filled.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const shifted = filled.map((value) => (Number.isNaN(value) ? 0 : value - mean));
  const length = Math.hypot(...shifted);
  return Float32Array.from(shifted, (value) => (length > 1e-6 ? value / length : 0));
}

/** The pattern of the mirror image. */
export function mirrored(pattern: Float32Array): Float32Array {
  return pattern.map((_, i) => pattern[i - (i % patternSide) + patternSide - 1 - (i % patternSide)]);
}
