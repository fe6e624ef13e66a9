import recordSource from "../../../wgsl/training/record_scalars.wgsl";
import { shapeError } from "../../errors.js";
import { expectRank, expectShape } from "../common/expect.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Kernel } from "../op.js";

/** With ring and step that makes eight storage buffers, which every adapter offers. */
const MAX_SCALARS = 6;

const recordKernel: Kernel = {
  name: "record_scalars",
  source: recordSource,
  access: ["read_write", ...Array<"read">(1 + MAX_SCALARS).fill("read")],
};

/**
 * Keeps the scalars of a step on the GPU until somebody reads them, steps later: ring[step mod capacity] = [s0, s1, …].
 * Inputs: ring float32 [capacity, k], written in place; step uint32 [1]; k ≤ 6 scalars (shape []). No outputs.
 */
export const recordScalars = defineOp<NoAttrs>({
  name: "record_scalars",
  infer(inputs) {
    const [ring, step, ...scalars] = inputs;
    if (scalars.length < 1 || scalars.length > MAX_SCALARS) {
      throw shapeError("record_scalars", `1 to ${MAX_SCALARS} scalars`, `${scalars.length}`);
    }
    expectRank("record_scalars", "ring", ring, 2);
    expectShape("record_scalars", "ring", ring, [ring.shape[0], scalars.length]);
    expectShape("record_scalars", "step", step, [1], "uint32");
    scalars.forEach((scalar, i) => expectShape("record_scalars", `scalar ${i}`, scalar, []));
    return [];
  },
  lower(ctx, [ring, step, ...scalars]) {
    const bound = Array.from({ length: MAX_SCALARS }, (_, i) => scalars[i] ?? scalars[0]);
    ctx.launch({
      kernel: recordKernel,
      constants: { count: scalars.length, capacity: ring.shape[0] },
      args: [ring, step, ...bound],
      workgroups: [1, 1, 1],
    });
  },
  mutates: () => [0],
});
