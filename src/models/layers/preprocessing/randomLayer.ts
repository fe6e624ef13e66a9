/** Layers that change images at random in training, and leave them alone otherwise. */
import { WgraftError } from "../../../errors.js";
import { randomTransforms, type RandomTransformsAttrs } from "../../../kernels/image/randomTransforms.js";
import type { FillMode } from "../../../kernels/image/fillModes.js";
import { warpImages, type WarpInterpolation } from "../../../kernels/image/warpImages.js";
import type { Value } from "../../../kernels/op.js";
import { listOf, number, oneOf, type Check } from "../../../options/checks.js";
import { optional } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import type { LayerArguments } from "../layerOptions.js";
import { randomness } from "../regularization/randomPlace.js";

export type Factor = number | readonly [number, number];

const bounds = listOf(number(), "", 2);

/** `0.2` → [−0.2, 0.2]; or the bounds themselves. */
export const factor: Check<Factor, number[]> = {
  expected: "a number, or [lower, upper]",
  read: (value) => {
    const pair = typeof value === "number" ? [-Math.abs(value), Math.abs(value)] : value;
    const read = bounds.read(pair);
    return read && read[0] <= read[1] ? read : undefined;
  },
};

/** What lies outside of an image that is moved. */
export interface WarpOptions {
  /** Default "reflect". */
  fillMode?: FillMode;
  /** Default "bilinear". */
  interpolation?: WarpInterpolation;
  /** For the fill mode "constant". Default 0. */
  fillValue?: number;
}

export const warpFields = {
  fillMode: optional(oneOf(["constant", "reflect", "wrap", "nearest"]), "reflect"),
  interpolation: optional(oneOf(["nearest", "bilinear"]), "bilinear"),
  fillValue: optional(number(), 0),
};

type Transform = Omit<RandomTransformsAttrs, "images" | "size" | "seed" | "node">;

/** What moves images. */
export abstract class RandomWarp<A extends LayerArguments> extends Layer<A> {
  override computeOutputShape(input: Shape): Shape {
    return imageShape(this, input);
  }

  /** What is drawn for each image. */
  protected abstract transform(size: readonly [number, number]): Transform;

  /** How pixels are found; of a mirrored image each has one. */
  protected get warp(): Required<WarpOptions> {
    return { fillMode: "reflect", interpolation: "bilinear", fillValue: 0 };
  }

  override call(context: CallContext, input: Value): Value {
    const random = randomness(context);
    if (!random) return input;
    const [images, height, width] = input.shape;
    const size = [height, width] as const;
    const attrs = { images, size, ...this.transform(size), ...random.place };
    const transforms = context.graph.add(randomTransforms, [random.step], attrs);
    const { fillMode, interpolation, fillValue } = this.warp;
    return context.graph.add(warpImages, [input, transforms], { fillMode, interpolation, cval: fillValue });
  }
}

/** What wgraft does in prediction alone. */
export abstract class RandomColor<A extends LayerArguments> extends Layer<A> {
  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    refuseTraining(this, context);
    return input;
  }
}

/** @throws WgraftError `not-supported` in training: a model that is not augmented where it says so would go unnoticed */
export function refuseTraining(layer: Layer, { training }: CallContext): void {
  if (!training) return;
  throw new WgraftError(
    "not-supported",
    `layer ${layer.name} (${layer.className}) does not augment in training; call it with { training: false }, or omit it ` +
      `and augment with ImageDataGenerator`,
  );
}

/** Bounds of values, such as [0, 255]. */
export const valueRange = listOf(number(), "a list of two numbers", 2);
