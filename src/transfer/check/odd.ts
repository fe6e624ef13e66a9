/** Images that differ from most in their form, and the sizes of all. */
import type { DataCheck, Extremes, OddImages, SizedImage } from "../../io/report/dataCheck.js";
import { checkedImage, type CheckedFile } from "./groups.js";

/** Pixels of the shorter side below which an image is tiny whatever the others are. */
export const tinySide = 24;
/** Of the median shorter side, below which an image is tiny. */
export const tinyShare = 1 / 8;
/** Sides of the longest and the shortest that are common: of panoramas. */
export const longestRatio = 3;
/** Levels of brightness that an image needs to differ by to show something. */
export const blankContrast = 2;

const shorter = ({ width, height }: CheckedFile) => Math.min(width, height);

export function oddImages(files: readonly CheckedFile[]): OddImages {
  const least = Math.max(tinySide, tinyShare * (extremes(files.map(shorter))?.median ?? 0));
  const those = (isOdd: (file: CheckedFile) => boolean) => files.filter(isOdd).map(sized);
  const grey = those(({ isGrey }) => isGrey);
  return {
    tiny: those((file) => shorter(file) < least),
    elongated: those((file) => Math.max(file.width, file.height) > longestRatio * shorter(file)),
    blank: those(({ contrast }) => contrast < blankContrast),
    grey: grey.length === files.length ? [] : grey,
    cmyk: those(({ isCmyk }) => isCmyk),
    turned: those(({ orientation }) => orientation !== 1),
    severalFrames: those(({ frames }) => frames > 1),
  };
}

export function sizesOf(files: readonly CheckedFile[]): DataCheck["sizes"] {
  const [width, height] = [extremes(files.map((f) => f.width)), extremes(files.map((f) => f.height))];
  return width && height && { width, height };
}

function sized(file: CheckedFile): SizedImage {
  const { width, height } = file;
  return { ...checkedImage(file), width, height };
}

function extremes(values: readonly number[]): Extremes | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1)! };
}
