/** The windows of convolutions, along one axis or along two. */
import { shapeError } from "../../../errors.js";
import {
  convOutputHW,
  dilatedSize,
  resolvePads,
  type Pads,
  type Size2d,
} from "../../../kernels/common/window2d.js";
import { formatShape } from "../../../tensor.js";
import type { Padding } from "../arguments.js";
import { pairOf, type Extent } from "../images.js";
import type { Layer } from "../layer.js";

export interface WindowArguments {
  readonly kernelSize: Extent;
  readonly strides: Extent;
  /** causal: a result depends on no later step. */
  readonly padding: Padding | "causal";
  readonly dilationRate: Extent;
}

/** The attributes of a convolution's op. */
export interface Window {
  readonly strides: Size2d;
  readonly pads: Pads;
  readonly dilations: Size2d;
}

/** The window on images of a size. */
export function windowOn(size: Size2d, { padding, ...extents }: WindowArguments): Window {
  const strides = pairOf(extents.strides);
  const dilations = pairOf(extents.dilationRate);
  const covered = dilatedSize(pairOf(extents.kernelSize), dilations);
  const pads: Pads =
    padding === "causal" ? [0, 0, covered[1] - 1, 0] : resolvePads(padding, size, covered, strides);
  return { strides, pads, dilations };
}

/** Height and width of the result. @throws WgraftError `shape` where the window does not fit even once */
export function convolvedSize(layer: Layer, size: Size2d, args: WindowArguments): Size2d {
  const { strides, pads, dilations } = windowOn(size, args);
  const covered = dilatedSize(pairOf(args.kernelSize), dilations);
  const output = convOutputHW(size, covered, strides, pads);
  if (Math.min(...output) >= 1) return output;
  throw shapeError(`layer ${layer.name}`, `an input of at least ${formatShape(covered)}`, formatShape(size));
}
