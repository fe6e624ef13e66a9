/**
 * Images made by a seeded generator, for trying the tutorial without a download and for the tests: plain discs
 * with a rim against discs of stripes. Colour, contrast, scale, place, clutter and noise are drawn alike for both, so no
 * pixel and no mean colour tells the classes apart, only the texture does: an untrained convolutional base sees it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { mulberry32 } from "../../src/models/random.js";

export const syntheticClasses = ["discs", "stripes"] as const;
export type SyntheticClass = (typeof syntheticClasses)[number];

export interface ImageFoldersOptions {
  /** Images of each class in the train folder; likewise below. 0 makes no folder. */
  train: number;
  validation?: number;
  test?: number;
  /** Pixels of a side, give or take a quarter; default 200. */
  size?: number;
  /** Default 0. The same seed writes the same bytes (with the same version of sharp). */
  seed?: number;
  onProgress?: (done: number, total: number) => void;
}

export interface SyntheticImage {
  width: number;
  height: number;
  /** RGB, 3 bytes a pixel in C order. */
  data: Uint8Array;
}

interface Ellipse {
  cx: number;
  cy: number;
  rx: number;
  ry: number;
}

class Painter {
  readonly data: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    private readonly random: () => number,
  ) {
    this.data = new Uint8Array(width * height * 3);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  colour(): number[] {
    return [this.between(0, 255), this.between(0, 255), this.between(0, 255)];
  }

  /** A colour that differs from `other` by about `contrast` in every channel, to either side. */
  against(other: readonly number[], contrast: number): number[] {
    return other.map((value) => value + (value > 127 ? -1 : 1) * contrast * this.between(0.6, 1.4));
  }

  /** Mixes `colour` in as far as `cover(x, y)` says, 0 to 1; only `around` is looked at, default everything. */
  paint(colour: readonly number[], cover: (x: number, y: number) => number, around?: Ellipse): void {
    const { cx = 0, cy = 0, rx = Infinity, ry = Infinity } = around ?? {};
    const [left, top] = [Math.max(0, Math.floor(cx - rx)), Math.max(0, Math.floor(cy - ry))];
    const [right, bottom] = [Math.min(this.width, cx + rx + 1), Math.min(this.height, cy + ry + 1)];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const alpha = cover(x, y);
        if (alpha <= 0) continue;
        const at = (y * this.width + x) * 3;
        for (let c = 0; c < 3; c++) {
          const mixed = this.data[at + c] * (1 - alpha) + colour[c] * alpha;
          this.data[at + c] = Math.max(0, Math.min(255, mixed));
        }
      }
    }
  }

  /** Sensor noise, the same on all three channels. */
  addNoise(amplitude: number): void {
    for (let at = 0; at < this.data.length; at += 3) {
      const noise = amplitude * (this.random() + this.random() - 1);
      for (let c = 0; c < 3; c++) this.data[at + c] = Math.max(0, Math.min(255, this.data[at + c] + noise));
    }
  }
}

function paintBackground(painter: Painter): number[] {
  const ground = painter.colour();
  const tint = painter.colour();
  const angle = painter.between(0, 2 * Math.PI);
  const [dx, dy] = [Math.cos(angle) / painter.width, Math.sin(angle) / painter.height];
  painter.paint(ground, () => 1);
  painter.paint(
    tint,
    (x, y) =>
      0.5 * Math.max(0, Math.min(1, 0.5 + (x - painter.width / 2) * dx + (y - painter.height / 2) * dy)),
  );
  return ground;
}

/** Plain boxes and discs, which both classes have. */
function paintClutter(painter: Painter, ground: readonly number[]): void {
  const count = Math.floor(painter.between(2, 6));
  const side = Math.min(painter.width, painter.height);
  for (let i = 0; i < count; i++) {
    const colour = painter.against(ground, 70);
    const [cx, cy] = [painter.between(0, painter.width), painter.between(0, painter.height)];
    const [rx, ry] = [painter.between(0.04, 0.16) * side, painter.between(0.04, 0.16) * side];
    const isDisc = painter.between(0, 1) < 0.5;
    const cover = (x: number, y: number) => {
      const [u, v] = [Math.abs(x - cx) / rx, Math.abs(y - cy) / ry];
      return (isDisc ? u * u + v * v : Math.max(u, v)) < 1 ? 0.9 : 0;
    };
    painter.paint(colour, cover, { cx, cy, rx, ry });
  }
}

/** A disc in two colours: one inside a rim of the other, or stripes of both. */
function paintPattern(painter: Painter, ground: readonly number[], kind: SyntheticClass): void {
  const side = Math.min(painter.width, painter.height);
  const radius = painter.between(0.22, 0.4) * side;
  const [cx, cy] = [
    painter.between(0.8 * radius, painter.width - 0.8 * radius),
    painter.between(0.8 * radius, painter.height - 0.8 * radius),
  ];
  const period = painter.between(0.05, 0.12) * side;
  const phase = painter.between(0, 1);
  const angle = painter.between(0, Math.PI);
  const [nx, ny] = [Math.cos(angle), Math.sin(angle)];
  const light = painter.against(ground, 55);
  const dark = painter.against(light, 75);
  const inside = (x: number, y: number) => Math.max(0, Math.min(1, radius - Math.hypot(x - cx, y - cy)));
  const disc = { cx, cy, rx: radius, ry: radius };
  painter.paint(light, inside, disc);
  const rim = painter.between(0.1, 0.3) * radius;
  const core = (x: number, y: number) => Math.max(0, Math.min(1, radius - rim - Math.hypot(x - cx, y - cy)));
  const stripes = (x: number, y: number) => {
    const wave = Math.sin(2 * Math.PI * (((x - cx) * nx + (y - cy) * ny) / period + phase));
    return inside(x, y) * Math.max(0, Math.min(1, 0.5 + 2 * wave));
  };
  painter.paint(dark, kind === "discs" ? core : stripes, disc);
}

/** One image of a class; the same seed gives the same image. `size` is a side's mean length in pixels. */
export function drawImage(kind: SyntheticClass, size: number, seed: number): SyntheticImage {
  const random = mulberry32(seed);
  const side = () => Math.max(8, Math.round(size * (0.75 + 0.5 * random())));
  const painter = new Painter(side(), side(), random);
  const ground = paintBackground(painter);
  paintClutter(painter, ground);
  const patterns = random() < 0.5 ? 2 : 3;
  for (let i = 0; i < patterns; i++) paintPattern(painter, ground, kind);
  painter.addNoise(painter.between(5, 25));
  return { width: painter.width, height: painter.height, data: painter.data };
}

/**
 * Writes `dir`/SPLIT/CLASS/CLASS.N.jpg for the splits that have images: the layout that `wgraft train --data` reads.
 * Folders are made as needed; files of the same names are replaced.
 */
export async function writeImageFolders(dir: string, options: ImageFoldersOptions): Promise<void> {
  const { train, validation = 0, test = 0, size = 200, seed = 0, onProgress } = options;
  const counts = Object.entries({ train, validation, test }).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0) * syntheticClasses.length;
  // One seed an image, drawn in a fixed order: more images in a later split leave the earlier ones as they are.
  const seeds = mulberry32(seed);
  let done = 0;
  for (const [split, count] of counts) {
    for (const kind of syntheticClasses) {
      const folder = join(dir, split, kind);
      await mkdir(folder, { recursive: true });
      for (let n = 0; n < count; n++) {
        const { width, height, data } = drawImage(kind, size, Math.floor(seeds() * 2 ** 32));
        const image = sharp(data, { raw: { width, height, channels: 3 } });
        await image.jpeg({ quality: 88 }).toFile(join(folder, `${kind}.${n}.jpg`));
        onProgress?.(++done, total);
      }
    }
  }
}
