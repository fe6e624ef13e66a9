import sparsemaxSource from "../../../wgsl/elementwise/sparsemax.wgsl";
import sparsemaxGradSource from "../../../wgsl/elementwise/sparsemax_grad.wgsl";
import sparsemaxRank from "../../../wgsl/elementwise/sparsemax_rank.wgsl";
import { sizeOf } from "../../tensor.js";
import { rowKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { elementPrelude, launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp } from "../op.js";

const sparsemaxKernel = rowKernel("sparsemax", sparsemaxRank + sparsemaxSource, ["read_write", "read"]);

const sparsemaxGradKernel = rowKernel("sparsemax_grad", sparsemaxRank + sparsemaxGradSource, [
  "read_write",
  "read",
  "read",
  "read",
]);

/**
 * max(x - τ, 0) over the last axis, after Keras 3's sparsemax: with the elements in descending order, those support τ that are above
 * (the sum up to them - 1) / their place, and τ is (the sum of those sums - 1) / their number. Where Martins and Astudillo (2016) take
 * the last of these sums, Keras takes all of them; so the results do not sum to 1. Its time grows with the square of the axis.
 */
export const sparsemax = defineOp<NoAttrs>({
  name: "sparsemax",
  infer(inputs) {
    expectInputs("sparsemax", inputs, 1);
    expectFloat("sparsemax", "x", inputs[0]);
    lastAxis("sparsemax", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y]) {
    const width = lastAxis("sparsemax", "x", x);
    launchRows(ctx, {
      op: "sparsemax",
      kernel: sparsemaxKernel,
      units: sizeOf(x.shape) / width,
      walked: [y!, x],
      prelude: elementPrelude("f32", x.dtype),
      constants: { width },
    });
  },
  vjp(g, dy, { inputs: [x], outputs: [y] }) {
    return [() => g.apply(sparsemaxGrad, [dy, x, y], {})[0]];
  },
});

/** ∂loss/∂x of a sparsemax, from `dy`, its input and its output. */
export const sparsemaxGrad = defineOp<NoAttrs>({
  name: "sparsemax_grad",
  infer(inputs) {
    expectInputs("sparsemax_grad", inputs, 3);
    const [dy, x, y] = inputs;
    const dtype = expectFloat("sparsemax_grad", "x", x);
    expectShape("sparsemax_grad", "dy, like x,", dy, x.shape, dtype);
    expectShape("sparsemax_grad", "y, like x,", y, x.shape, dtype);
    return [x];
  },
  lower(ctx, [dy, x, y], [dx]) {
    const width = lastAxis("sparsemax_grad", "x", x);
    launchRows(ctx, {
      op: "sparsemax_grad",
      kernel: sparsemaxGradKernel,
      units: sizeOf(x.shape) / width,
      walked: [dx!, x, dy, y],
      prelude: elementPrelude("f32", x.dtype),
      constants: { width },
    });
  },
});
