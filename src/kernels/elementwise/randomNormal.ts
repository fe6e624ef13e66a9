import philox from "../../../wgsl/common/philox.wgsl";
import normalSource from "../../../wgsl/elementwise/random_normal.wgsl";
import { sizeOf, type Shape } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { WORKGROUP_SIZE } from "../common/launchUnits.js";
import { bindingRanges, sliceRange } from "../common/ranges.js";
import { defineOp, float32, linearWorkgroups } from "../op.js";
import { randomKey, type RandomPlace } from "./randomKey.js";

const normalKernel = invocationKernel("random_normal", philox + normalSource, ["read_write", "read"]);

export interface RandomNormalAttrs extends RandomPlace {
  readonly shape: Shape;
  readonly mean: number;
  /** The standard deviation. */
  readonly deviation: number;
}

/**
 * Independent normal numbers, float32 of `shape`. Input: step, uint32 [1]. They are a pure function of seed, step, node and the
 * element's index, as `dropout`'s masks are.
 */
export const randomNormal = defineOp<RandomNormalAttrs>({
  name: "random_normal",
  infer(inputs, attrs) {
    expectInputs("random_normal", inputs, 1);
    expectShape("random_normal", "step", inputs[0], [1], "uint32");
    randomKey("random_normal", attrs);
    return [float32(...attrs.shape)];
  },
  lower(ctx, [step], [y], { mean, deviation, ...place }) {
    const elements = sizeOf(y!.shape);
    for (const range of bindingRanges("random_normal", ctx.caps, elements, [4])) {
      ctx.launch({
        kernel: normalKernel,
        constants: {
          mean,
          deviation,
          ...randomKey("random_normal", place),
          first_block: range.start / 4,
        },
        args: [sliceRange(y!, range, elements), step],
        workgroups: linearWorkgroups(Math.ceil(range.count / 4), WORKGROUP_SIZE, ctx.caps),
      });
    }
  },
});
