import rowReduce from "../../../wgsl/common/row_reduce.wgsl";
import softmaxSource from "../../../wgsl/elementwise/softmax.wgsl";
import softmaxGradSource from "../../../wgsl/elementwise/softmax_grad.wgsl";
import sparsemaxSource from "../../../wgsl/elementwise/sparsemax.wgsl";
import sparsemaxGradSource from "../../../wgsl/elementwise/sparsemax_grad.wgsl";
import { sizeOf } from "../../tensor.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { elementPrelude, launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Kernel, type Op } from "../op.js";

const softmaxKernel: Kernel = {
  name: "softmax",
  source: rowReduce + softmaxSource,
  access: ["read_write", "read"],
};

const sparsemaxKernel: Kernel = {
  name: "sparsemax",
  source: rowReduce + sparsemaxSource,
  access: ["read_write", "read"],
};

const sparsemaxGradKernel: Kernel = {
  name: "sparsemax_grad",
  source: rowReduce + sparsemaxGradSource,
  access: ["read_write", "read", "read"],
};

const softmaxGradKernel: Kernel = {
  name: "softmax_grad",
  source: rowReduce + softmaxGradSource,
  access: ["read_write", "read", "read"],
};

/** An op on rows, the last axis of x, that a workgroup takes one each of. */
function defineRowOp(
  name: string,
  kernel: Kernel,
  constants: Readonly<Record<string, number>>,
  gradient: () => Op<NoAttrs>,
): Op<NoAttrs> {
  return defineOp<NoAttrs>({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 1);
      expectFloat(name, "x", inputs[0]);
      lastAxis(name, "x", inputs[0]);
      return [inputs[0]];
    },
    lower(ctx, [x], [y]) {
      const width = lastAxis(name, "x", x);
      launchRows(ctx, {
        op: name,
        kernel,
        units: sizeOf(x.shape) / width,
        walked: [y!, x],
        prelude: elementPrelude("f32", x.dtype),
        constants: { width, ...constants },
      });
    },
    vjp(g, dy, { outputs: [y] }) {
      return g.apply(gradient(), [dy, y], {});
    },
  });
}

/** Its gradient: ∂loss/∂x from `dy` and the op's OUTPUT `y`. */
function defineRowGrad(
  name: string,
  kernel: Kernel,
  constants: Readonly<Record<string, number>>,
): Op<NoAttrs> {
  return defineOp<NoAttrs>({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      const dtype = expectFloat(name, "y", inputs[1]);
      expectShape(name, "dy, like y,", inputs[0], inputs[1].shape, dtype);
      return [inputs[0]];
    },
    lower(ctx, [dy, y], [dx]) {
      const width = lastAxis(name, "y", y);
      launchRows(ctx, {
        op: name,
        kernel,
        units: sizeOf(y.shape) / width,
        walked: [dx!, dy, y],
        prelude: elementPrelude("f32", y.dtype),
        constants: { width, ...constants },
      });
    },
  });
}

/** exp(x) / Σ exp(x) over the last axis, without overflow for any finite x. */
export const softmax = defineRowOp("softmax", softmaxKernel, { logarithm: 0 }, () => softmaxGrad);

/** ∂loss/∂x of a softmax, from `dy` and its OUTPUT `y`: y (dy - Σ dy·y). */
export const softmaxGrad = defineRowGrad("softmax_grad", softmaxGradKernel, { logarithm: 0 });

/** The logarithm of softmax, x - log Σ exp(x), without overflow for any finite x. */
export const logSoftmax = defineRowOp("log_softmax", softmaxKernel, { logarithm: 1 }, () => logSoftmaxGrad);

/** ∂loss/∂x of a log-softmax, from `dy` and its OUTPUT `y`: dy - exp(y) Σ dy. */
export const logSoftmaxGrad = defineRowGrad("log_softmax_grad", softmaxGradKernel, { logarithm: 1 });

/** The nearest probabilities to x over the last axis, many of them 0: max(x - τ, 0), τ such that they sum to 1. */
export const sparsemax = defineRowOp("sparsemax", sparsemaxKernel, {}, () => sparsemaxGrad);

/** ∂loss/∂x of a sparsemax, from `dy` and its OUTPUT `y`: dy less its mean, over what is above 0. */
export const sparsemaxGrad = defineRowGrad("sparsemax_grad", sparsemaxGradKernel, {});
