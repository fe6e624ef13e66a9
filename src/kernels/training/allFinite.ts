import allFiniteSource from "../../../wgsl/training/all_finite.wgsl";
import { shapeError } from "../../errors.js";
import { fill } from "../elementwise/elementwise.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, float32 } from "../op.js";

const allFiniteKernel = invocationKernel("all_finite", allFiniteSource, ["read", "read_write"]);

/** 1 where every element of all inputs (one or more, float32) is finite, 0 where any is an infinity or a NaN: a scalar (shape []). */
export const allFinite = defineOp<NoAttrs>({
  name: "all_finite",
  infer(inputs) {
    if (inputs.length === 0) throw shapeError("all_finite", "one or more inputs", "none");
    inputs.forEach((x, i) => expectShape("all_finite", `input ${i}`, x, x.shape));
    return [float32()];
  },
  lower(ctx, inputs, [y]) {
    fill.lower!(ctx, [], [y], { shape: [], value: 1 });
    for (const x of inputs)
      launchElementwise(ctx, { op: "all_finite", kernel: allFiniteKernel, walked: [x], whole: [y!] });
  },
});
