import philox from "../../../wgsl/common/philox.wgsl";
import dropoutSource from "../../../wgsl/elementwise/dropout.wgsl";
import { WgraftError } from "../../errors.js";
import { byteLengthOf, sizeOf } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape } from "../common/expect.js";
import { elementPrelude, WORKGROUP_SIZE } from "../common/launchUnits.js";
import { defineOp, linearWorkgroups, type Op } from "../op.js";
import { bindingRanges, sliceRange } from "../common/ranges.js";
import { randomKey, type RandomPlace } from "./randomKey.js";

const dropoutKernel = invocationKernel("dropout", philox + dropoutSource, ["read_write", "read", "read"]);

export interface DropoutAttrs extends RandomPlace {
  /** Share of elements set to 0, in [0, 1). */
  readonly rate: number;
}

/**
 * y = x · mask / (1 - rate). Inputs: x of any shape, and step, uint32 [1]. The mask is a pure function of seed, step, node and
 * the element's index (Philox4x32-10: counter (element / 4, step, node, 0), key the seed's low and high words; kept where the
 * word is at least rate · 2^32), so the gradient is this op again, of dy.
 */
export const dropout: Op<DropoutAttrs> = defineOp<DropoutAttrs>({
  name: "dropout",
  infer(inputs, { rate, ...place }) {
    expectInputs("dropout", inputs, 2);
    expectFloat("dropout", "x", inputs[0]);
    expectShape("dropout", "step", inputs[1], [1], "uint32");
    if (!(rate >= 0 && rate < 1))
      throw new WgraftError("usage", `dropout: rate must be in [0, 1), got ${rate}`);
    randomKey("dropout", place);
    return [inputs[0]];
  },
  lower(ctx, [x, step], [y], { rate, ...place }) {
    const elements = sizeOf(x.shape);
    const bytes = byteLengthOf(x) / elements;
    // A slice starts at a multiple of 256 bytes, so at a whole block of four elements.
    for (const range of bindingRanges("dropout", ctx.caps, elements, [bytes])) {
      ctx.launch({
        kernel: dropoutKernel,
        prelude: elementPrelude("f32", x.dtype),
        constants: {
          threshold: Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1),
          factor: 1 / (1 - rate),
          ...randomKey("dropout", place),
          first_block: range.start / 4,
        },
        args: [sliceRange(y!, range, elements), sliceRange(x, range, elements), step],
        workgroups: linearWorkgroups(Math.ceil(range.count / 4), WORKGROUP_SIZE, ctx.caps),
      });
    }
  },
  vjp(g, dy, { inputs: [, step] }, attrs) {
    return [() => g.apply(dropout, [dy, step], attrs)[0], undefined];
  },
});
