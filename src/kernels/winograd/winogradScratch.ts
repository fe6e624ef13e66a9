/** Which of Winograd's algorithms are valid, and the memory between their transforms. */
import type { Shape, TensorSpec } from "../../tensor.js";
import type { ConvWindow } from "../conv/convolution.js";
import type { DeviceCaps } from "../op.js";
import { alignedUnits, bindingRanges, bytesPer, leastCommonMultiple, type Range } from "../common/ranges.js";
import { f2, f4, type Winograd1d } from "./winogradMatrices.js";
import type { Stack, Tiles } from "./winogradTransforms.js";

/** Of a convolution or of one of its gradients. */
export interface WinogradShapes {
  /** [n, h, w, cin] */
  readonly x: TensorSpec;
  /** [3, 3, cin, cout] */
  readonly kernel: TensorSpec;
  /** [n, h', w', cout] */
  readonly y: TensorSpec;
}

/** Bytes that each of the buffers between the transforms may take; more images go in ranges. */
const SCRATCH_BYTES = 64 * 2 ** 20;

/**
 * The algorithms that compute a convolution of these shapes, of 3 × 3 with strides of 1, within the scratch, which is
 * float32 for activations of either type.
 *
 * Errors, relative to the largest value: F(2×2) as the direct product, 1e-6; F(4×4) up to 5e-6.
 */
export function validWinograd(
  caps: DeviceCaps,
  shapes: WinogradShapes,
  { strides, pads, dilations = [1, 1], groups = 1 }: ConvWindow,
): Winograd1d[] {
  const [kernelHeight, kernelWidth] = shapes.kernel.shape;
  if (kernelHeight !== 3 || kernelWidth !== 3) return [];
  if (Math.max(...strides, ...dilations, groups) > 1 || Math.max(...pads) > 2) return [];
  return [f2, f4].filter((algorithm) => fitsScratch(caps, shapes, algorithm));
}

/** Tiles of an image. */
export function tilesOf([, height, width]: Shape, { outputs }: Winograd1d): Tiles {
  return { down: Math.ceil(height / outputs), across: Math.ceil(width / outputs) };
}

export function stackOf([, height, width]: Shape, images: number): Stack {
  return { images, height, width };
}

/** Tiles that panels may be longer than the images have: rounding to whole panels. */
export const SPARE_TILES = 64;

type Images = Pick<WinogradShapes, "x" | "y">;

/** Ranges of images whose points fit the scratch. */
export function imageRanges(caps: DeviceCaps, { x, y }: Images, algorithm: Winograd1d): Range[] {
  const [batch] = x.shape;
  const bytes = [bytesPer(x, batch), bytesPer(y, batch)];
  return bindingRanges("conv2d", caps, batch, bytes, mostImages(caps, { x, y }, algorithm));
}

/** Images whose points fit a buffer of the scratch. */
function mostImages(caps: DeviceCaps, { x, y }: Images, algorithm: Winograd1d): number {
  const { down, across } = tilesOf(y.shape, algorithm);
  const bytesPerTile = 4 * algorithm.points ** 2 * paddedChannels(caps, Math.max(x.shape[3], y.shape[3]));
  return Math.floor((scratchLimit(caps) / bytesPerTile - SPARE_TILES) / (down * across));
}

function scratchLimit(caps: DeviceCaps): number {
  return Math.min(caps.maxStorageBufferBindingSize, SCRATCH_BYTES);
}

/** Whether the transformed kernel, and as many images as alignment keeps together, fit the scratch. */
function fitsScratch(caps: DeviceCaps, { x, kernel, y }: WinogradShapes, algorithm: Winograd1d): boolean {
  const [batch] = x.shape;
  const step = [x, y].map((spec) => alignedUnits(bytesPer(spec, batch))).reduce(leastCommonMultiple);
  const [, , inChannels, outChannels] = kernel.shape;
  const pairs = paddedChannels(caps, inChannels) * paddedChannels(caps, outChannels);
  return (
    4 * algorithm.points ** 2 * pairs <= scratchLimit(caps) &&
    Math.min(batch, step) <= mostImages(caps, { x, y }, algorithm)
  );
}

/** Channels in whole panels, which are those of subgroups on CPU adapters. */
function paddedChannels({ software, subgroupSize }: DeviceCaps, channels: number): number {
  const width = 4 * (software ? Math.max(1, subgroupSize) : 1);
  return width * Math.ceil(channels / width);
}
