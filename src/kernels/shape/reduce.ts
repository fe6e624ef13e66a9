import broadcastSource from "../../../wgsl/shape/broadcast_scalar.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, sizeOf, type Shape } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat32, expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, float32, type Op } from "../op.js";
import { sumRows } from "./sumRows.js";

const broadcastKernel = elementKernel("broadcast_scalar", broadcastSource, 1);

function defineReduction(name: string, factorOf: (size: number) => number): Op<NoAttrs> {
  return defineOp({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 1);
      expectFloat32(name, "x", inputs[0]);
      if (sizeOf(inputs[0].shape) === 0) throw shapeError(name, "x that is not empty", formatSpec(inputs[0]));
      return [float32()];
    },
    lower(ctx, [x], [y]) {
      const size = sizeOf(x.shape);
      sumRows(ctx, name, x, y!, size, 1, { factor: factorOf(size) });
    },
    vjp(g, dy, { inputs: [x] }) {
      return [() => g.apply(broadcastScalar, [dy], { shape: x.shape, factor: factorOf(sizeOf(x.shape)) })[0]];
    },
  });
}

/** The sum of all elements of x, a scalar (shape []); summed as a tree. */
export const sum = defineReduction("sum", () => 1);

/** The mean of all elements of x, a scalar (shape []); summed as a tree. */
export const mean = defineReduction("mean", (size) => 1 / size);

/** factor · x at every place of `shape`, x a scalar (shape []). */
export const broadcastScalar = defineOp<{ shape: Shape; factor: number }>({
  name: "broadcast_scalar",
  infer(inputs, { shape }) {
    expectInputs("broadcast_scalar", inputs, 1);
    expectShape("broadcast_scalar", "x", inputs[0], []);
    return [float32(...shape)];
  },
  lower(ctx, [x], [y], { factor }) {
    launchElementwise(ctx, {
      op: "broadcast_scalar",
      kernel: broadcastKernel,
      walked: [y!],
      whole: [x],
      constants: () => ({ factor }),
    });
  },
});
