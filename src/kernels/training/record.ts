import recordSource from "../../../wgsl/training/record_scalars.wgsl";
import { shapeError } from "../../errors.js";
import { expectRank, expectShape } from "../common/expect.js";
import { defineOp, type Kernel } from "../op.js";

/** Of one op. With ring and step that makes eight storage buffers, which every adapter offers. */
export const maxScalars = 6;

const recordKernel: Kernel = {
  name: "record_scalars",
  source: recordSource,
  access: ["read_write", ...Array<"read">(1 + maxScalars).fill("read")],
};

/**
 * Keeps the scalars of a step on the GPU until somebody reads them, steps later: ring[step mod capacity] = [s0, s1, …].
 * Inputs: ring float32 [capacity, width], written in place; step uint32 [1]; k ≤ 6 scalars (shape []), which go to all its
 * columns or, with `first`, to columns `first`, `first` + 1, …. No outputs.
 */
export const recordScalars = defineOp<{ readonly first?: number }>({
  name: "record_scalars",
  infer(inputs, { first }) {
    const [ring, step, ...scalars] = inputs;
    if (scalars.length < 1 || scalars.length > maxScalars) {
      throw shapeError("record_scalars", `1 to ${maxScalars} scalars`, `${scalars.length}`);
    }
    expectRank("record_scalars", "ring", ring, 2);
    const [capacity, width] = ring.shape;
    const least = (first ?? 0) + scalars.length;
    if (first === undefined || width < least) expectShape("record_scalars", "ring", ring, [capacity, least]);
    expectShape("record_scalars", "step", step, [1], "uint32");
    scalars.forEach((scalar, i) => expectShape("record_scalars", `scalar ${i}`, scalar, []));
    return [];
  },
  lower(ctx, [ring, step, ...scalars], _outputs, { first = 0 }) {
    const bound = Array.from({ length: maxScalars }, (_, i) => scalars[i] ?? scalars[0]);
    ctx.launch({
      kernel: recordKernel,
      constants: { count: scalars.length, first, width: ring.shape[1], capacity: ring.shape[0] },
      args: [ring, step, ...bound],
      workgroups: [1, 1, 1],
    });
  },
  mutates: () => [0],
});
