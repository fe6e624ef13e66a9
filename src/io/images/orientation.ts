/** EXIF's orientation: how the camera was held. Keras ignores it, and so does whoever does not ask for it. */
import type { DecodedImage } from "./formats.js";

/** Rows and columns of the stored image, for the row and column of the upright one; its own sides are h and w. */
type Source = (row: number, column: number, h: number, w: number) => readonly [row: number, column: number];

/** By EXIF's number, 2 to 8. */
const sources: Readonly<Record<number, Source>> = {
  2: (y, x, _, w) => [y, w - 1 - x],
  3: (y, x, h, w) => [h - 1 - y, w - 1 - x],
  4: (y, x, h) => [h - 1 - y, x],
  5: (y, x) => [x, y],
  6: (y, x, h) => [h - 1 - x, y],
  7: (y, x, h, w) => [h - 1 - x, w - 1 - y],
  8: (y, x, _, w) => [x, w - 1 - y],
};

/** The image as it was seen, in a new array where it changes. Numbers that EXIF does not know leave it as it is. */
export function oriented(image: DecodedImage, orientation: number): DecodedImage {
  const source = sources[orientation] as Source | undefined;
  if (!source) return image;
  const { width: w, height: h, data } = image;
  const [height, width] = orientation >= 5 ? [w, h] : [h, w];
  const out = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] = source(y, x, h, w);
      const from = (row * w + column) * 3;
      out[to++] = data[from];
      out[to++] = data[from + 1];
      out[to++] = data[from + 2];
    }
  }
  return { width, height, channels: 3, data: out };
}
