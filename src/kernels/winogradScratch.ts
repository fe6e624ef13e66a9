/** When Winograd's algorithms pay, and the memory between their transforms. */
import { byteLengthOf, sizeOf, type Shape, type TensorSpec } from "../tensor.js";
import type { ConvWindow } from "./convolution.js";
import type { DeviceCaps } from "./op.js";
import { alignedUnits, bytesPer, leastCommonMultiple } from "./ranges.js";
import { f2, f4, type Winograd1d } from "./winogradMatrices.js";
import { MOST_WORKGROUPS, type Stack, type Tiles } from "./winogradTransforms.js";

/** Of a convolution or of one of its gradients. */
export interface WinogradShapes {
  /** [n, h, w, cin] */
  readonly x: TensorSpec;
  /** [3, 3, cin, cout] */
  readonly kernel: TensorSpec;
  /** [n, h', w', cout] */
  readonly y: TensorSpec;
}

/** Bytes that each of the buffers between the transforms may take; more pictures go in ranges. */
const SCRATCH_BYTES = 64 * 2 ** 20;

/**
 * What the transforms take for each of their results, in multiply-adds of the matrix products: measured on lavapipe.
 * GPUs are left to the direct variant: nothing has been measured there.
 */
const TRANSFORM_COST = 30;

/**
 * The algorithms that compute a convolution of these shapes, of 3 × 3 with strides of 1, within the scratch.
 *
 * Errors, relative to the largest value: F(2×2) as the direct product, 1e-6; F(4×4) up to 5e-6.
 */
export function validWinograd(
  caps: DeviceCaps,
  shapes: WinogradShapes,
  { strides, pads }: ConvWindow,
): Winograd1d[] {
  if (shapes.x.dtype !== "float32") return [];
  const [kernelHeight, kernelWidth] = shapes.kernel.shape;
  if (kernelHeight !== 3 || kernelWidth !== 3) return [];
  if (strides[0] !== 1 || strides[1] !== 1 || Math.max(...pads) > 2) return [];
  return [f2, f4].filter((algorithm) => fitsScratch(caps, shapes, algorithm));
}

/**
 * The algorithm that takes least, by an estimate; undefined where that is the direct product. On CPU adapters only.
 * Depends on nothing but the adapter's caps and the shapes.
 */
export function chooseWinograd(
  caps: DeviceCaps,
  shapes: WinogradShapes,
  window: ConvWindow,
): Winograd1d | undefined {
  if (!caps.software) return undefined;
  const [, , inChannels, outChannels] = shapes.kernel.shape;
  const channelPairs = inChannels * outChannels;
  let least = 9 * (sizeOf(shapes.y.shape) / outChannels) * channelPairs;
  let choice: Winograd1d | undefined;
  for (const algorithm of validWinograd(caps, shapes, window)) {
    const { down, across } = tilesOf(shapes.y.shape, algorithm);
    const tiles = shapes.y.shape[0] * down * across;
    const results = tiles * (inChannels + outChannels) + channelPairs;
    const cost = algorithm.points ** 2 * (tiles * channelPairs + TRANSFORM_COST * results);
    if (cost >= least) continue;
    [least, choice] = [cost, algorithm];
  }
  return choice;
}

/** Tiles of a picture. */
export function tilesOf([, height, width]: Shape, { outputs }: Winograd1d): Tiles {
  return { down: Math.ceil(height / outputs), across: Math.ceil(width / outputs) };
}

export function stackOf([, height, width, channels]: Shape, pictures: number): Stack {
  return { pictures, height, width, channels };
}

type Pictures = Pick<WinogradShapes, "x" | "y">;

/** What the transforms of one picture leave between their two axes, at most. */
export function betweenFloats({ x, y }: Pictures, algorithm: Winograd1d): number {
  const { across } = tilesOf(y.shape, algorithm);
  return algorithm.points * across * Math.max(x.shape[1] * x.shape[3], y.shape[1] * y.shape[3]);
}

/** Of every binding; the last is what one picture takes of the grid, as if that were bytes, too. */
export function bytesPerPicture(caps: DeviceCaps, { x, y }: Pictures, algorithm: Winograd1d): number[] {
  const { down, across } = tilesOf(y.shape, algorithm);
  const points = (channels: number) => 4 * algorithm.points ** 2 * down * across * channels;
  const planes = Math.max(x.shape[1], y.shape[1], algorithm.points);
  return [
    bytesPer(x, x.shape[0]),
    bytesPer(y, y.shape[0]),
    points(x.shape[3]),
    points(y.shape[3]),
    4 * betweenFloats({ x, y }, algorithm),
    256 * Math.ceil((planes * scratchCaps(caps).maxStorageBufferBindingSize) / MOST_WORKGROUPS / 256),
  ];
}

/** As if a binding were no larger than the scratch may be. */
export function scratchCaps(caps: DeviceCaps): DeviceCaps {
  const maxStorageBufferBindingSize = Math.min(caps.maxStorageBufferBindingSize, SCRATCH_BYTES);
  return { ...caps, maxStorageBufferBindingSize };
}

/** Whether the transformed kernel, and as many pictures as alignment keeps together, fit the scratch. */
function fitsScratch(caps: DeviceCaps, { x, kernel, y }: WinogradShapes, algorithm: Winograd1d): boolean {
  const limit = scratchCaps(caps).maxStorageBufferBindingSize;
  const bytes = bytesPerPicture(caps, { x, y }, algorithm);
  const together = Math.min(x.shape[0], bytes.map(alignedUnits).reduce(leastCommonMultiple, 1));
  const ofKernel = (algorithm.points ** 2 / 9) * byteLengthOf(kernel);
  return ofKernel <= limit && together * Math.max(...bytes) <= limit;
}
