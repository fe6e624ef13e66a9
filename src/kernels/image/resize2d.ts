import resample from "../../../wgsl/image/resample.wgsl";
import resizeSource from "../../../wgsl/image/resize2d.wgsl";
import resizeGradSource from "../../../wgsl/image/resize2d_grad.wgsl";
import { shapeError } from "../../errors.js";
import { namesOf } from "../../names.js";
import type { Shape } from "../../tensor.js";
import { expectFloat, expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import { imageKernel, launchImages } from "../common/launchImages.js";
import { elementType } from "../common/launchUnits.js";
import type { Size2d } from "../common/window2d.js";
import { defineOp, specOf } from "../op.js";

/** Keras's names, with how far each reaches on either side of a position; 0: the nearest pixel alone. */
const radii = { nearest: 0, bilinear: 1, bicubic: 2, lanczos3: 3, lanczos5: 5 } as const;

export type ResizeInterpolation = keyof typeof radii;

export const resizeInterpolations = namesOf(radii);

export interface Resize2dAttrs {
  /** Of the result. */
  readonly size: Size2d;
  readonly interpolation: ResizeInterpolation;
  /** Whether each pixel of a result that is smaller is made of all that it stands for; not with "nearest". Default false. */
  readonly antialias?: boolean;
}

const resizeKernel = imageKernel("resize2d", resample + resizeSource, 1, ["in_height", "in_width"]);

const resizeGradKernel = imageKernel("resize2d_grad", resample + resizeGradSource, 1, [
  "out_height",
  "out_width",
]);

/** The constants of wgsl/image/resample.wgsl. */
export const resampleConstants = ({ interpolation, antialias = false }: Omit<Resize2dAttrs, "size">) => ({
  nearest: Number(interpolation === "nearest"),
  radius: radii[interpolation],
  antialias: Number(antialias && interpolation !== "nearest"),
});

/**
 * x [n, h, w, c] in another size, [n, ...size, c], of x's type: pixel centres at half coordinates, as tf.image.resize, so that
 * whole factors of "nearest" repeat pixels. As there, "bicubic" is Keys's cubic with a = −½, and near an edge only pixels that
 * there are count.
 */
export const resize2d = defineOp<Resize2dAttrs>({
  name: "resize2d",
  infer(inputs, { size }) {
    expectInputs("resize2d", inputs, 1);
    const [x] = inputs;
    expectRank("resize2d", "x", x, 4, floatTypes);
    const [n, height, width, channels] = x.shape;
    if (!size.every((places) => Number.isInteger(places) && places >= 1) || height < 1 || width < 1) {
      throw shapeError("resize2d", "sizes of at least 1", `${height}×${width} to ${size.join("×")}`);
    }
    return [specOf([n, ...size, channels], x.dtype)];
  },
  lower(ctx, [x], [y], attrs) {
    const [, in_height, in_width, channels] = x.shape;
    launchImages(ctx, {
      op: "resize2d",
      kernel: resizeKernel,
      type: elementType(channels),
      result: y!,
      walked: [x],
      constants: resampleConstants(attrs),
      params: { in_height, in_width },
      flopsPerElement: 8 * radii[attrs.interpolation] ** 2,
    });
  },
  vjp(g, dy, { inputs: [x] }, attrs) {
    return g.apply(resize2dGrad, [dy], { ...attrs, inputShape: x.shape });
  },
});

/** ∂loss/∂x [n, h, w, c] of a resizing, from dy [n, ...size, c], of its type. */
export const resize2dGrad = defineOp<Resize2dAttrs & { readonly inputShape: Shape }>({
  name: "resize2d_grad",
  infer(inputs, { inputShape, size }) {
    expectInputs("resize2d_grad", inputs, 1);
    const dtype = expectFloat("resize2d_grad", "dy", inputs[0]);
    expectShape("resize2d_grad", "dy", inputs[0], [inputShape[0], ...size, inputShape[3]], dtype);
    return [specOf(inputShape, dtype)];
  },
  lower(ctx, [dy], [dx], attrs) {
    const [, out_height, out_width, channels] = dy.shape;
    launchImages(ctx, {
      op: "resize2d_grad",
      kernel: resizeGradKernel,
      type: elementType(channels),
      result: dx!,
      walked: [dy],
      constants: resampleConstants(attrs),
      params: { out_height, out_width },
    });
  },
});
