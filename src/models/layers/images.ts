/**
 * Samples of one or two spatial axes as images: the ops work on (height, width, channels), and a sequence (steps, channels)
 * is an image one pixel high.
 */
import { shapeError } from "../../errors.js";
import type { GraphBuilder, Value } from "../../kernels/op.js";
import { reshape } from "../../kernels/shape/reshape.js";
import { formatShape, type Shape } from "../../tensor.js";
import type { Pair } from "./arguments.js";
import type { Layer } from "./layer.js";

export type ImageShape = readonly [height: number, width: number, channels: number];

/** An argument along one axis, or along height and width. */
export type Extent = number | Pair;

/** Along height and width; a sequence has its one along the width. */
export function pairOf(extent: Extent, height = 1): Pair {
  return typeof extent === "number" ? [height, extent] : extent;
}

/**
 * A sample's shape as an image's.
 * @param axes how many spatial axes the layer's samples have
 * @throws WgraftError `shape` that names the layer
 */
export function asImageShape(layer: Layer, axes: 1 | 2, shape: Shape): ImageShape {
  if (shape.length !== axes + 1) {
    const expected = axes === 1 ? "(steps, channels)" : "(height, width, channels)";
    throw shapeError(`layer ${layer.name}`, `an input ${expected}`, formatShape(shape));
  }
  const [channels, width, height = 1] = [...shape].reverse();
  return [height, width, channels];
}

/** The other way round. */
export function fromImageShape(axes: 1 | 2, [height, width, channels]: ImageShape): Shape {
  return axes === 1 ? [width, channels] : [height, width, channels];
}

/** Applies what works on images to a batch of samples, of one spatial axis or of two. */
export function onImages(g: GraphBuilder, x: Value, apply: (images: Value) => Value): Value {
  if (x.shape.length !== 3) return apply(x);
  const [n, width, channels] = x.shape;
  const y = apply(g.apply(reshape, [x], { shape: [n, 1, width, channels] })[0]);
  return g.apply(reshape, [y], { shape: [n, ...y.shape.slice(2)] })[0];
}
