/** Heat maps at the size of an image, and images with a heat map over them. */
import { colormap, type ColormapName } from "../../io/images/colormap.js";
import { rgbToGrey } from "../../io/images/convert.js";
import type { DecodedImage } from "../../io/images/formats.js";
import type { Box } from "../../io/images/resize.js";
import { checkOptions } from "../../options/checkOptions.js";
import { number, oneOf } from "../../options/checks.js";
import { optional, optionsOf } from "../../options/fields.js";
import { shapeError } from "../../errors.js";
import { formatShape, Tensor } from "../../tensor.js";

/**
 * Brings a map to the size of an image, bilinearly between the centers of its cells.
 * @param heat (height, width) of a layer
 * @param box the part of the image that the model has seen; 0 outside. Default: all of it
 */
export function heatOfImage(
  heat: Tensor<"float32">,
  { width, height }: Pick<DecodedImage, "width" | "height">,
  box: Box = { left: 0, top: 0, width, height },
): Tensor<"float32"> {
  const [rows, columns] = heat.shape;
  const values = heat.dataSync();
  const vertical = Array.from({ length: height }, (_, y) => between(y, box.top, box.height, rows));
  const horizontal = Array.from({ length: width }, (_, x) => between(x, box.left, box.width, columns));
  const out = new Float32Array(height * width);
  for (const [y, row] of vertical.entries()) {
    if (!row) continue;
    for (const [x, column] of horizontal.entries()) {
      if (!column) continue;
      const at = (r: number) =>
        values[r * columns + column.low] * (1 - column.share) +
        values[r * columns + column.high] * column.share;
      out[y * width + x] = at(row.low) * (1 - row.share) + at(row.high) * row.share;
    }
  }
  return new Tensor(out, [height, width], "float32");
}

/** The two cells whose centers a pixel lies between, and how near it is to the second; undefined outside the box. */
function between(pixel: number, from: number, size: number, cells: number) {
  const place = (pixel + 0.5 - from) / size;
  if (place < 0 || place > 1) return undefined;
  const at = Math.min(cells - 1, Math.max(0, place * cells - 0.5));
  const low = Math.floor(at);
  return { low, high: Math.min(cells - 1, low + 1), share: at - low };
}

export interface OverlayOptions {
  /** How much of the colors there is where the heat is greatest, 0 to 1. Default 0.7. */
  opacity?: number;
  /** Default "inferno". */
  colors?: ColormapName;
}

const table = optionsOf<OverlayOptions>("overlayHeatmap").fields({
  opacity: optional(number({ min: 0, max: 1 }), 0.7),
  colors: optional(oneOf<ColormapName>(["inferno", "viridis"]), "inferno"),
});

/** Part of the opacity that there is where the heat is 0. */
const cold = 0.35;

/**
 * An image in grey with the colors of a heat map over it, so that all color is heat: what is cold is dim, what is hot bright.
 * @param heatmap (height, width) of the image, 0 to 1
 * @throws WgraftError `shape` for a map of another size, `usage` for an option that is not what it should be
 * @example
 * const pets = await Classifier.open("runs/vgg16-1");
 * const { image, heatmap } = await pets.explain("cat.jpg");
 * const { width, height, data } = overlayHeatmap(image, heatmap, { opacity: 0.5 });
 */
export function overlayHeatmap(
  image: DecodedImage,
  heatmap: Tensor<"float32">,
  options?: OverlayOptions,
): DecodedImage {
  const { opacity, colors } = checkOptions(table, options);
  const { width, height } = image;
  const [rows, columns] = heatmap.shape;
  if (heatmap.shape.length !== 2 || rows !== height || columns !== width)
    throw shapeError("overlayHeatmap", `a heat map (${height}, ${width})`, formatShape(heatmap.shape));
  const grey = rgbToGrey(image.data);
  const palette = colormap(colors);
  const heat = heatmap.dataSync();
  const data = new Uint8Array(grey.length);
  heat.forEach((value, i) => {
    const share = opacity * (cold + (1 - cold) * value);
    const color = 3 * Math.round(255 * Math.min(1, Math.max(0, value)));
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = Math.round(grey[3 * i + c] * (1 - share) + palette[color + c] * share);
  });
  return { width, height, channels: 3, data };
}
