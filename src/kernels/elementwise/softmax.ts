import rowReduce from "../../../wgsl/common/row_reduce.wgsl";
import softmaxSource from "../../../wgsl/elementwise/softmax.wgsl";
import softmaxGradSource from "../../../wgsl/elementwise/softmax_grad.wgsl";
import { sizeOf } from "../../tensor.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { elementPrelude, launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Kernel } from "../op.js";

const softmaxKernel: Kernel = {
  name: "softmax",
  source: rowReduce + softmaxSource,
  access: ["read_write", "read"],
};

const softmaxGradKernel: Kernel = {
  name: "softmax_grad",
  source: rowReduce + softmaxGradSource,
  access: ["read_write", "read", "read"],
};

/** exp(x) / Σ exp(x) over the last axis, without overflow for any finite x. */
export const softmax = defineOp<NoAttrs>({
  name: "softmax",
  infer(inputs) {
    expectInputs("softmax", inputs, 1);
    expectFloat("softmax", "x", inputs[0]);
    lastAxis("softmax", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y]) {
    const width = lastAxis("softmax", "x", x);
    launchRows(ctx, {
      op: "softmax",
      kernel: softmaxKernel,
      units: sizeOf(x.shape) / width,
      walked: [y!, x],
      prelude: elementPrelude("f32", x.dtype),
      constants: { width },
    });
  },
  vjp(g, dy, { outputs: [y] }) {
    return g.apply(softmaxGrad, [dy, y], {});
  },
});

/** ∂loss/∂x of a softmax, from `dy` and its OUTPUT `y`: y (dy - Σ dy·y). */
export const softmaxGrad = defineOp<NoAttrs>({
  name: "softmax_grad",
  infer(inputs) {
    expectInputs("softmax_grad", inputs, 2);
    const dtype = expectFloat("softmax_grad", "y", inputs[1]);
    expectShape("softmax_grad", "dy, like y,", inputs[0], inputs[1].shape, dtype);
    return [inputs[0]];
  },
  lower(ctx, [dy, y], [dx]) {
    const width = lastAxis("softmax_grad", "y", y);
    launchRows(ctx, {
      op: "softmax_grad",
      kernel: softmaxGradKernel,
      units: sizeOf(y.shape) / width,
      walked: [dx!, dy, y],
      prelude: elementPrelude("f32", y.dtype),
      constants: { width },
    });
  },
});
