/** The maps of a layer as one image: what each channel of a convolution responds to. */
import { shapeError } from "../../errors.js";
import { colormap } from "../../io/images/colormap.js";
import type { DecodedImage } from "../../io/images/formats.js";
import { formatShape, type Tensor } from "../../tensor.js";

/** Channels next to each other, at least. */
const columnsAtLeast = 8;
/** Pixels of a map's longer side, at least: cells are repeated until there are as many. */
const sideAtLeast = 64;
/** Pixels between two maps. */
const gap = 2;

/**
 * The maps of one image in a grid, channel by channel, row by row. Each is shifted and scaled as in Chollet's "Deep Learning
 * with Python": its mean becomes the middle of the colors (viridis), two standard deviations a half of them. A channel
 * that is the same everywhere is black.
 * @param maps (height, width, channels)
 * @throws WgraftError `shape` for anything else
 * @example
 * const { activations } = await layerActivations(base, images.slice(0, 1), { layer: "conv" });
 * const grid = featureMapGrid(activations.reshape([30, 30, 8]));
 * console.log(grid.width, grid.height); // 734 90
 */
export function featureMapGrid(maps: Tensor<"float32">): DecodedImage {
  if (maps.shape.length !== 3 || maps.size === 0)
    throw shapeError("featureMapGrid", "maps (height, width, channels)", formatShape(maps.shape));
  const [height, width, channels] = maps.shape;
  const values = maps.dataSync();
  const columns = Math.min(channels, Math.max(columnsAtLeast, Math.ceil(Math.sqrt(channels))));
  const rows = Math.ceil(channels / columns);
  const factor = Math.max(1, Math.ceil(sideAtLeast / Math.max(height, width)));
  const [tileHeight, tileWidth] = [height * factor, width * factor];
  const image = {
    width: columns * (tileWidth + gap) - gap,
    height: rows * (tileHeight + gap) - gap,
    channels: 3 as const,
  };
  const data = new Uint8Array(image.width * image.height * 3).fill(255);
  const palette = colormap("viridis");
  for (let channel = 0; channel < channels; channel++) {
    const levels = levelsOf(values, channel, channels);
    const top = Math.floor(channel / columns) * (tileHeight + gap);
    const left = (channel % columns) * (tileWidth + gap);
    for (let y = 0; y < tileHeight; y++)
      for (let x = 0; x < tileWidth; x++) {
        const level = levels?.[Math.floor(y / factor) * width + Math.floor(x / factor)];
        const to = ((top + y) * image.width + left + x) * 3;
        for (let c = 0; c < 3; c++) data[to + c] = level === undefined ? 0 : palette[3 * level + c];
      }
  }
  return { ...image, data };
}

/** One channel as numbers from 0 to 255; undefined where it is the same everywhere. */
function levelsOf(values: Float32Array, channel: number, channels: number): Uint8Array | undefined {
  const map = Float64Array.from(
    { length: values.length / channels },
    (_, i) => values[i * channels + channel],
  );
  const mean = map.reduce((a, b) => a + b, 0) / map.length;
  const deviation = Math.sqrt(map.reduce((sum, value) => sum + (value - mean) ** 2, 0) / map.length);
  if (deviation === 0) return undefined;
  return Uint8Array.from(map, (value) =>
    Math.round(Math.min(255, Math.max(0, (64 * (value - mean)) / deviation + 128))),
  );
}
