import padSource from "../../../wgsl/shape/pad2d.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectRank, floatTypes } from "../common/expect.js";
import { elementPrelude, elementType, lanesOf, launchUnits } from "../common/launchUnits.js";
import { defineOp, specOf, type Op } from "../op.js";
import type { Pads } from "../common/window2d.js";

const padKernel = elementKernel("pad2d", padSource, 1, [
  "in_height",
  "in_width",
  "channels",
  "out_height",
  "out_width",
  "top",
  "left",
]);

/** Padding (sign 1) and cropping (sign -1) are each other's gradient. */
function definePad(name: string, sign: 1 | -1, gradient: () => Op<{ pads: Pads }>): Op<{ pads: Pads }> {
  return defineOp({
    name,
    infer(inputs, { pads }) {
      expectInputs(name, inputs, 1);
      const [x] = inputs;
      expectRank(name, "x", x, 4, floatTypes);
      const [batch, height, width, channels] = x.shape;
      const [top, bottom, left, right] = pads;
      const outHeight = height + sign * (top + bottom);
      const outWidth = width + sign * (left + right);
      if (pads.some((p) => !Number.isSafeInteger(p) || p < 0) || outHeight < 1 || outWidth < 1) {
        throw shapeError(
          name,
          `pads that are ≥ 0 and leave something of x`,
          `${pads.join(", ")} for x ${formatSpec(x)}`,
        );
      }
      return [specOf([batch, outHeight, outWidth, channels], x.dtype)];
    },
    lower(ctx, [x], [y], { pads: [top, , left] }) {
      const [batch, inHeight, inWidth, channels] = x.shape;
      const [, outHeight, outWidth] = y!.shape;
      const type = elementType(channels);
      const lanes = lanesOf(type);
      launchUnits(ctx, {
        op: name,
        kernel: padKernel,
        units: batch,
        walked: [y!, x],
        prelude: elementPrelude(type, x.dtype),
        params: {
          in_height: inHeight,
          in_width: inWidth,
          channels: channels / lanes,
          out_height: outHeight,
          out_width: outWidth,
          top: (sign * top) >>> 0,
          left: (sign * left) >>> 0,
        },
        invocationsPerUnit: sizeOf(y!.shape) / batch / lanes,
      });
    },
    vjp(g, dy, _io, attrs) {
      return [() => g.apply(gradient(), [dy], attrs)[0]];
    },
  });
}

/** Zeros around x [n, h, w, c]: y [n, top + h + bottom, left + w + right, c]. */
export const zeroPad2d: Op<{ pads: Pads }> = definePad("zero_pad2d", 1, () => crop2d);

/** Takes `pads` rows and columns away again: y [n, h - top - bottom, w - left - right, c]. */
export const crop2d: Op<{ pads: Pads }> = definePad("crop2d", -1, () => zeroPad2d);
