/** Keras's channel shift and brightness shift of one image on the host, in numpy's float32 steps. */
import type { Brightness } from "../../../kernels/image/warpAffine.js";

function rangeOf(values: Float32Array): { low: number; high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** Adds `intensity` to every value, within the range of the image. */
export function shiftChannels(values: Float32Array, intensity: number): Float32Array {
  const { low, high } = rangeOf(values);
  const shift = Math.fround(intensity);
  return values.map((value) => Math.min(high, Math.max(low, Math.fround(value + shift))));
}

/**
 * `PIL.ImageEnhance.Brightness` of the image as bytes: fractions are cut off before and after. Values outside 0…255 are
 * spread over it first and brought back afterwards; under `stretch` all images are spread, and none is brought back.
 * @param channels of which a fourth, alpha, is left as it is
 */
export function shiftBrightness(
  values: Float32Array,
  channels: number,
  brightness: number,
  kind: Brightness,
): Float32Array {
  const { low, high } = rangeOf(values);
  const isOutside = low < 0 || high > 255;
  const spread = Math.fround(high - low);
  const factor = Math.fround(brightness);
  return values.map((value, i) => {
    let level = value;
    if (isOutside || kind === "stretch") {
      const share = Math.fround(Math.fround(value - low) / (spread || 1));
      level = Math.fround(share * 255);
    }
    level = Math.trunc(level);
    if (i % channels !== 3) level = Math.trunc(Math.min(255, Math.max(0, Math.fround(factor * level))));
    if (!isOutside || kind === "stretch") return level;
    return Math.fround(Math.fround(Math.fround(level / 255) * spread) + low);
  });
}
