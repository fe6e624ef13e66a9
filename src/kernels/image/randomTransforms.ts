import philox from "../../../wgsl/common/philox.wgsl";
import transformsSource from "../../../wgsl/image/random_transforms.wgsl";
import { invocationKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { WORKGROUP_SIZE } from "../common/launchUnits.js";
import type { Size2d } from "../common/window2d.js";
import { randomKey, type RandomPlace } from "../elementwise/randomKey.js";
import { defineOp, float32, linearWorkgroups } from "../op.js";
import { TRANSFORM_SIZE } from "./warpAffine.js";

const transformsKernel = invocationKernel("random_transforms", philox + transformsSource, [
  "read_write",
  "read",
]);

type Range = readonly [low: number, high: number];

export interface RandomTransformsAttrs extends RandomPlace {
  readonly images: number;
  /** Of the images. */
  readonly size: Size2d;
  /** Counter-clockwise, in radians. Default 0. */
  readonly angle?: Range;
  /** Factors of the height and width that the result shows of the image. Default 1. */
  readonly zoomHeight?: Range;
  /** null: as high. */
  readonly zoomWidth?: Range | null;
  /** Pixels down and to the right. Default 0. */
  readonly shiftHeight?: Range;
  readonly shiftWidth?: Range;
  /** Whether half of the images are turned upside down. */
  readonly flipHeight?: boolean;
  /** Whether half of the images are mirrored. */
  readonly flipWidth?: boolean;
}

/**
 * An affine map for each image, float32 [images, 8], as `warpImages` reads them, of figures drawn evenly from ranges. Input: step,
 * uint32 [1]. They are a pure function of seed, step, node and the image's index.
 */
export const randomTransforms = defineOp<RandomTransformsAttrs>({
  name: "random_transforms",
  infer(inputs, attrs) {
    expectInputs("random_transforms", inputs, 1);
    expectShape("random_transforms", "step", inputs[0], [1], "uint32");
    randomKey("random_transforms", attrs);
    return [float32(attrs.images, TRANSFORM_SIZE)];
  },
  lower(ctx, [step], [y], attrs) {
    const { images, size, angle = [0, 0], zoomHeight = [1, 1], zoomWidth = [1, 1] } = attrs;
    const { shiftHeight = [0, 0], shiftWidth = [0, 0], flipHeight = false, flipWidth = false } = attrs;
    const range = (name: string, [low, high]: Range) => ({ [`${name}_low`]: low, [`${name}_high`]: high });
    ctx.launch({
      kernel: transformsKernel,
      constants: {
        height: size[0],
        width: size[1],
        ...range("angle", angle),
        ...range("zoom_height", zoomHeight),
        ...range("zoom_width", zoomWidth ?? [1, 1]),
        same_zoom: Number(zoomWidth === null),
        ...range("shift_height", shiftHeight),
        ...range("shift_width", shiftWidth),
        flip_height: Number(flipHeight),
        flip_width: Number(flipWidth),
        ...randomKey("random_transforms", attrs),
      },
      args: [y!, step],
      workgroups: linearWorkgroups(images, WORKGROUP_SIZE, ctx.caps),
    });
  },
});
