/** Drawing transformation parameters as Keras's `get_random_transform` does. */
import type { Random } from "../../random.js";
import type { TransformParameters } from "./transform.js";

/**
 * How far a shift goes. A fraction below 1: of the image's size, either way. A whole number n ≥ 1: whole pixels, fewer
 * than n either way (numpy's `choice(n)`). Any other number above 1: pixels, either way. A list: one of its numbers,
 * either way; fractions of the size where all are below 1.
 */
export type ShiftRange = number | readonly number[];

/** Ranges of random transforms; the defaults change nothing. */
export interface TransformRanges {
  /** Degrees, either way. */
  readonly rotationRange?: number;
  readonly widthShiftRange?: ShiftRange;
  readonly heightShiftRange?: ShiftRange;
  /** Degrees, either way. (A radian until Keras 2.1.2.) */
  readonly shearRange?: number;
  /** z for zooms between 1 − z and 1 + z, or the two ends; drawn for each axis by itself. */
  readonly zoomRange?: number | readonly [number, number];
  /** Mirror every other image, at random. */
  readonly horizontalFlip?: boolean;
  readonly verticalFlip?: boolean;
  /** Of values 0…255, either way; the same for all channels. */
  readonly channelShiftRange?: number;
  /** The two ends of the brightness factor. */
  readonly brightnessRange?: readonly [number, number];
}

/**
 * Draws one transform, in Keras's order and from its distributions (its generator is another one).
 * @param random uniform on [0, 1)
 */
export function randomTransform(
  ranges: TransformRanges,
  height: number,
  width: number,
  random: Random,
): TransformParameters {
  const between = (low: number, high: number) => low + (high - low) * random();
  const eitherWay = (range: number) => (range === 0 ? 0 : between(-range, range));
  const sign = () => (random() < 0.5 ? -1 : 1);
  const shift = (range: ShiftRange, size: number) => {
    if (typeof range !== "number") {
      if (range.length === 0) return 0;
      const chosen = range[Math.floor(random() * range.length)] * sign();
      return Math.max(...range) < 1 ? chosen * size : chosen;
    }
    if (range >= 1 && Number.isInteger(range)) return Math.floor(random() * range) * sign();
    return eitherWay(range) * (range < 1 ? size : 1);
  };

  const [zoomLow, zoomHigh] = zoomEnds(ranges.zoomRange);
  const isZoomed = zoomLow !== 1 || zoomHigh !== 1;
  // The order of the properties is that of the draws.
  return {
    theta: eitherWay(ranges.rotationRange ?? 0),
    tx: shift(ranges.heightShiftRange ?? 0, height),
    ty: shift(ranges.widthShiftRange ?? 0, width),
    shear: eitherWay(ranges.shearRange ?? 0),
    zx: isZoomed ? between(zoomLow, zoomHigh) : 1,
    zy: isZoomed ? between(zoomLow, zoomHigh) : 1,
    // Both are drawn in any case, so that a flip more does not change what is drawn after it.
    flipHorizontal: random() < 0.5 && ranges.horizontalFlip === true,
    flipVertical: random() < 0.5 && ranges.verticalFlip === true,
    ...(ranges.channelShiftRange && { channelShiftIntensity: eitherWay(ranges.channelShiftRange) }),
    ...(ranges.brightnessRange && { brightness: between(...ranges.brightnessRange) }),
  };
}

function zoomEnds(range: TransformRanges["zoomRange"] = 0): readonly [number, number] {
  return typeof range === "number" ? [1 - range, 1 + range] : range;
}

/** Whether any transform but the one that changes nothing can be drawn. */
export function isRandom(ranges: TransformRanges): boolean {
  const { brightnessRange, horizontalFlip, verticalFlip } = ranges;
  const isRange = (range: ShiftRange = 0) => (typeof range === "number" ? range !== 0 : range.length > 0);
  return (
    isRange(ranges.rotationRange) ||
    isRange(ranges.widthShiftRange) ||
    isRange(ranges.heightShiftRange) ||
    isRange(ranges.shearRange) ||
    zoomEnds(ranges.zoomRange).some((end) => end !== 1) ||
    isRange(ranges.channelShiftRange) ||
    brightnessRange !== undefined ||
    horizontalFlip === true ||
    verticalFlip === true
  );
}
