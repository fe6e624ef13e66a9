import clipNormSource from "../../../wgsl/training/clip_by_norm.wgsl";
import clipValueSource from "../../../wgsl/training/clip_by_value.wgsl";
import { sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat32, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp, float32 } from "../op.js";
import { sumRows } from "../shape/sumRows.js";

const clipNormKernel = elementKernel("clip_by_norm", clipNormSource, 2);

const clipValueKernel = elementKernel("clip_by_value", clipValueSource, 1);

/** x scaled down so that its l2 norm is at most `norm` (> 0); Keras's `clipnorm`, for one variable's gradient. */
export const clipByNorm = defineOp<{ norm: number }>({
  name: "clip_by_norm",
  infer(inputs) {
    expectInputs("clip_by_norm", inputs, 1);
    expectFloat32("clip_by_norm", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y], { norm }) {
    const sumOfSquares = ctx.scratch(float32(1));
    sumRows(ctx, "clip_by_norm", x, sumOfSquares, sizeOf(x.shape), 1, { square: true });
    launchElementwise(ctx, {
      op: "clip_by_norm",
      kernel: clipNormKernel,
      walked: [y!, x],
      whole: [sumOfSquares],
      constants: () => ({ limit: norm }),
      flopsPerElement: 1,
    });
  },
});

/** Every element of x limited to [-value, value], value > 0; Keras's `clipvalue`. */
export const clipByValue = defineOp<{ value: number }>({
  name: "clip_by_value",
  infer(inputs) {
    expectInputs("clip_by_value", inputs, 1);
    expectFloat32("clip_by_value", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y], { value }) {
    launchElementwise(ctx, {
      op: "clip_by_value",
      kernel: clipValueKernel,
      walked: [y!, x],
      constants: () => ({ limit: value }),
    });
  },
});
