import softmaxSource from "../../../wgsl/elementwise/softmax.wgsl";
import softmaxGradSource from "../../../wgsl/elementwise/softmax_grad.wgsl";
import { sizeOf } from "../../tensor.js";
import { rowKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { elementPrelude, launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Op } from "../op.js";

const softmaxKernel = rowKernel("softmax", softmaxSource, ["read_write", "read"]);

const softmaxGradKernel = rowKernel("softmax_grad", softmaxGradSource, ["read_write", "read", "read"]);

function defineSoftmax(name: string, logarithm: boolean, gradient: () => Op<NoAttrs>): Op<NoAttrs> {
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
        kernel: softmaxKernel,
        units: sizeOf(x.shape) / width,
        walked: [y!, x],
        prelude: elementPrelude("f32", x.dtype),
        constants: { width, logarithm: Number(logarithm) },
      });
    },
    vjp(g, dy, { outputs: [y] }) {
      return [() => g.apply(gradient(), [dy, y], {})[0]];
    },
  });
}

function defineSoftmaxGrad(name: string, logarithm: boolean): Op<NoAttrs> {
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
        kernel: softmaxGradKernel,
        units: sizeOf(y.shape) / width,
        walked: [dx!, dy, y],
        prelude: elementPrelude("f32", y.dtype),
        constants: { width, logarithm: Number(logarithm) },
      });
    },
  });
}

/** exp(x) / Σ exp(x) over the last axis, without overflow for any finite x. */
export const softmax = defineSoftmax("softmax", false, () => softmaxGrad);

/** ∂loss/∂x of a softmax, from `dy` and its OUTPUT `y`: y (dy - Σ dy·y). */
export const softmaxGrad = defineSoftmaxGrad("softmax_grad", false);

/** The logarithm of softmax, x - log Σ exp(x), without overflow for any finite x. */
export const logSoftmax = defineSoftmax("log_softmax", true, () => logSoftmaxGrad);

/** ∂loss/∂x of a log-softmax, from `dy` and its OUTPUT `y`: dy - exp(y) Σ dy. */
export const logSoftmaxGrad = defineSoftmaxGrad("log_softmax_grad", true);
