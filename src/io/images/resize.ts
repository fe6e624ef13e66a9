import type { DecodedImage } from "./formats.js";

/** A part of an image, in pixels, which need not be whole. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Returns height × width × 3 bytes, in a new array. @param box what is resized. Default: all of the image */
type Resize = (image: DecodedImage, height: number, width: number, box?: Box) => Uint8Array;

/**
 * Source index of each output index: the pixel under the centre, floor((i + ½) · src / dst). The centres are summed up as
 * Pillow sums them, because at 500 → 150 many fall on whole numbers, where a last bit decides which pixel is taken.
 */
function nearestIndices(src: number, dst: number, from = 0, size = src): Uint32Array {
  const indices = new Uint32Array(dst);
  const scale = size / dst;
  let center = from + scale * 0.5;
  for (let i = 0; i < dst; i++) {
    indices[i] = Math.min(src - 1, Math.floor(center));
    center += scale;
  }
  return indices;
}

/** Pillow's NEAREST, Keras's default. */
export const resizeNearest: Resize = (image, height, width, box) => {
  const { data } = image;
  const out = new Uint8Array(height * width * 3);
  const rows = nearestIndices(image.height, height, box?.top, box?.height);
  const columns = nearestIndices(image.width, width, box?.left, box?.width);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = rows[y] * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + columns[x]) * 3;
      out[to] = data[from];
      out[to + 1] = data[from + 1];
      out[to + 2] = data[from + 2];
      to += 3;
    }
  }
  return out;
};

/**
 * Fraction bits of a weight, as in Pillow for 8-bit pixels. The weights are ≥ 0 and add up to 1, so a sum of 255 × weights
 * stays below 2³¹ and shifts back into a byte: 32-bit arithmetic is enough and nothing needs clipping.
 */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

interface Taps {
  /** Most source pixels that an output pixel depends on. */
  readonly width: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Fixed-point weights, `width` per output pixel. */
  readonly weights: Int32Array;
}

/**
 * The triangle filter sampled at each output pixel, normalised, then rounded to fixed point: `precompute_coeffs` and
 * `normalize_coeffs_8bpc` of Pillow's Resample.c. When shrinking, the triangle is as much wider as the image gets smaller.
 */
function triangleTaps(src: number, dst: number, from = 0, size = src): Taps {
  const scale = size / dst;
  const filterScale = Math.max(scale, 1);
  const support = filterScale;
  const width = Math.ceil(support) * 2 + 1;
  const taps = {
    width,
    first: new Int32Array(dst),
    count: new Int32Array(dst),
    weights: new Int32Array(dst * width),
  };
  const row = new Float64Array(width);
  const inverse = 1 / filterScale;
  for (let i = 0; i < dst; i++) {
    const center = from + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(src, Math.trunc(center + support + 0.5)) - first;
    let total = 0;
    for (let k = 0; k < count; k++) {
      const distance = Math.abs((k + first - center + 0.5) * inverse);
      row[k] = distance < 1 ? 1 - distance : 0;
      total += row[k];
    }
    for (let k = 0; k < count; k++) {
      const weight = total === 0 ? row[k] : row[k] / total;
      taps.weights[i * width + k] = Math.trunc(0.5 + weight * (1 << PRECISION_BITS));
    }
    taps.first[i] = first;
    taps.count[i] = count;
  }
  return taps;
}

/** Rows `top` to `bottom` of `data` (src wide) brought to `dst` wide. */
function resampleRows(data: Uint8Array, src: number, taps: Taps, top: number, bottom: number): Uint8Array {
  const { width, first, count, weights } = taps;
  const dst = first.length;
  const out = new Uint8Array((bottom - top) * dst * 3);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < dst; x++) {
      let from = (y * src + first[x]) * 3;
      let r = HALF;
      let g = HALF;
      let b = HALF;
      const end = x * width + count[x];
      for (let k = x * width; k < end; k++) {
        const weight = weights[k];
        r = (r + Math.imul(data[from], weight)) | 0;
        g = (g + Math.imul(data[from + 1], weight)) | 0;
        b = (b + Math.imul(data[from + 2], weight)) | 0;
        from += 3;
      }
      out[to] = r >> PRECISION_BITS;
      out[to + 1] = g >> PRECISION_BITS;
      out[to + 2] = b >> PRECISION_BITS;
      to += 3;
    }
  }
  return out;
}

/** Columns of `data`, whose first row is row `top` of the image, brought to the height that `taps` was made for. */
function resampleColumns(data: Uint8Array, rowBytes: number, taps: Taps, top: number): Uint8Array {
  const { width, first, count, weights } = taps;
  const out = new Uint8Array(first.length * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < first.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k++) {
      const weight = weights[y * width + k];
      const from = (first[y] - top + k) * rowBytes;
      for (let x = 0; x < rowBytes; x++) sums[x] += Math.imul(data[from + x], weight);
    }
    for (let x = 0; x < rowBytes; x++) out[y * rowBytes + x] = sums[x] >> PRECISION_BITS;
  }
  return out;
}

/**
 * Pillow's BILINEAR, bit for bit: an antialiased triangle filter, first along rows, rounded to bytes, then along columns.
 */
export const resizeBilinear: Resize = (image, height, width, box) => {
  const {
    left = 0,
    top: boxTop = 0,
    width: boxWidth = image.width,
    height: boxHeight = image.height,
  } = box ?? {};
  const vertical = triangleTaps(image.height, height, boxTop, boxHeight);
  // Pillow resamples along rows only those rows that the columns will ask for, and skips a direction that keeps its size.
  const top = vertical.first[0];
  const bottom = vertical.first[height - 1] + vertical.count[height - 1];
  const rowsKept = image.data.subarray(top * image.width * 3, bottom * image.width * 3);
  const keepsWidth = image.width === width && left === 0 && boxWidth === width;
  const keepsHeight = image.height === height && boxTop === 0 && boxHeight === height;
  const rows = keepsWidth
    ? rowsKept
    : resampleRows(image.data, image.width, triangleTaps(image.width, width, left, boxWidth), top, bottom);
  return keepsHeight ? rows.slice() : resampleColumns(rows, width * 3, vertical, top);
};

/** How images are resized, by Keras's names: choices, help texts and the documentation follow from the table. */
export const interpolations = {
  nearest: { summary: "the pixel under the center, as Keras does by default", resize: resizeNearest },
  bilinear: { summary: "antialiased, as Pillow does it", resize: resizeBilinear },
} as const satisfies Readonly<Record<string, { summary: string; resize: Resize }>>;

export type Interpolation = keyof typeof interpolations;

/**
 * An image at another size: height × width × 3 bytes, in a new array.
 * @example
 * const image = await decodeImage("cat.jpg");
 * const pixels = resizeImage(image, 150, 150, "bilinear");
 */
export function resizeImage(
  image: DecodedImage,
  height: number,
  width: number,
  interpolation: Interpolation,
  box?: Box,
): Uint8Array {
  return interpolations[interpolation].resize(image, height, width, box);
}
