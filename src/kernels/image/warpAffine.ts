import preprocess from "../../../wgsl/image/preprocess.wgsl";
import mapCoordinate from "../../../wgsl/image/map_coordinate.wgsl";
import adjustSource from "../../../wgsl/image/adjust_colors.wgsl";
import rangeSource from "../../../wgsl/image/pixel_range.wgsl";
import warpSource from "../../../wgsl/image/warp_affine.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, sizeOf, type FloatType } from "../../tensor.js";
import { invocationKernel, rowKernel } from "../common/elementKernel.js";
import { expectInputs, expectRank, expectShape } from "../common/expect.js";
import { fillModes, type FillMode } from "./fillModes.js";
import { conversionConstants, expectChannels } from "./preprocess.js";
import type { PreprocessMode } from "./preprocessModes.js";
import { elementPrelude, launchRows, launchUnits } from "../common/launchUnits.js";
import { defineOp, float32, specOf, type LowerContext, type Operand } from "../op.js";

/**
 * How a brightness shift treats the range of an image. `keep`: as it is (Keras 2.9 to 3.x). `stretch`: spread over
 * 0…255 first, and left so (Keras ≤ 2.8).
 */
export type Brightness = "keep" | "stretch";

export interface WarpAffineAttrs {
  readonly fillMode: FillMode;
  /** For `constant`. Default 0. */
  readonly cval?: number;
  /** Adds the channel shift, within the range of the warped image. Default false. */
  readonly channelShift?: boolean;
  /** Multiplies by the brightness, on 8-bit pixels as Pillow does. Default: no brightness shift. */
  readonly brightness?: Brightness;
  /** Preprocessing that follows: see `imageToFloat`. */
  readonly mode: PreprocessMode;
  /** For mode `rescale`. Default 1/255. */
  readonly scale?: number;
  /** Of the result. Default "float32". */
  readonly dtype?: FloatType;
}

/** Figures of an image in `transforms`. */
export const TRANSFORM_SIZE = 8;

const warpKernel = invocationKernel("warp_affine", preprocess + mapCoordinate + warpSource, [
  "read_write",
  "read",
  "read",
]);

const rangeKernel = rowKernel("pixel_range", rangeSource, ["read_write", "read"]);

const adjustKernel = invocationKernel("adjust_colors", preprocess + adjustSource, [
  "read_write",
  "read",
  "read",
  "read",
]);

/**
 * Images moved, turned and recoloured, each in its own way, with bilinear interpolation; then preprocessed.
 *
 * Inputs: images uint8 [n, h, w, c] with c ≤ 4; transforms float32 [n, 8]. Of an image these are a 2×3 matrix with two
 * more figures: m00 m01 m02 channelShift m10 m11 m12 brightness. The pixel at (row, column) of the result is the
 * image's at (m00·row + m01·column + m02, m10·row + m11·column + m12).
 * Output: [n, h, w, c]. Not differentiable.
 */
export const warpAffine = defineOp<WarpAffineAttrs>({
  name: "warp_affine",
  infer(inputs, { mode, dtype = "float32" }) {
    expectInputs("warp_affine", inputs, 2);
    const [images, transforms] = inputs;
    expectRank("warp_affine", "images", images, 4, "uint8");
    const [batch, , , channels] = images.shape;
    if (channels < 1 || channels > 4)
      throw shapeError("warp_affine", "images of 1 to 4 channels", formatSpec(images));
    expectChannels("warp_affine", images, mode);
    expectShape("warp_affine", "transforms", transforms, [batch, TRANSFORM_SIZE]);
    return [specOf(images.shape, dtype)];
  },
  lower(ctx, [images, transforms], [y], attrs) {
    if (!attrs.channelShift && !attrs.brightness) {
      warp(ctx, [y!, images, transforms], attrs);
      return;
    }
    // Both colour shifts depend on the range of the whole warped image, so that has to be there first.
    const warped = ctx.scratch(float32(...y!.shape));
    warp(ctx, [warped, images, transforms], { ...attrs, mode: "none" });
    adjustColors(ctx, y!, warped, transforms, attrs);
  },
});

function warp(
  ctx: LowerContext,
  [y, images, transforms]: readonly Operand[],
  { fillMode, cval = 0, mode, scale }: WarpAffineAttrs,
): void {
  const [batch, height, width, channels] = images.shape;
  launchUnits(ctx, {
    op: "warp_affine",
    kernel: warpKernel,
    units: batch,
    walked: [y, images, transforms],
    prelude: elementPrelude("f32", y.dtype),
    constants: {
      height,
      width,
      channels,
      fill_mode: fillModes.indexOf(fillMode),
      cval,
      ...conversionConstants(mode, scale),
    },
    invocationsPerUnit: height * width,
  });
}

function adjustColors(
  ctx: LowerContext,
  y: Operand,
  warped: Operand,
  transforms: Operand,
  { channelShift = false, brightness, mode, scale }: WarpAffineAttrs,
): void {
  const [batch, , , channels] = y.shape;
  const size = sizeOf(y.shape) / batch;
  const range = ctx.scratch(float32(batch, 2));
  launchRows(ctx, {
    op: "warp_affine",
    kernel: rangeKernel,
    units: batch,
    walked: [range, warped],
    constants: { size },
  });
  launchUnits(ctx, {
    op: "warp_affine",
    kernel: adjustKernel,
    units: batch,
    walked: [y, warped, transforms, range],
    prelude: elementPrelude("f32", y.dtype),
    constants: {
      channels,
      size,
      shift_channels: Number(channelShift),
      brighten: Number(brightness !== undefined),
      stretch: Number(brightness === "stretch"),
      ...conversionConstants(mode, scale),
    },
    invocationsPerUnit: size,
  });
}
