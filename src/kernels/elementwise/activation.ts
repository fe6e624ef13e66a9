import activationSource from "../../../wgsl/elementwise/activation.wgsl";
import activationGradSource from "../../../wgsl/elementwise/activation_grad.wgsl";
import activateSource from "../../../wgsl/common/activation.wgsl";
import sigmoidSource from "../../../wgsl/common/sigmoid.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Op } from "../op.js";

type Nonlinearity = "relu" | "relu6" | "sigmoid";

/** Activations that a kernel can fuse onto its output. Each is monotonic, so that max pooling may pass it. */
export type Activation = "linear" | Nonlinearity;

/** Values of `override activation` in wgsl/common/activation.wgsl. */
export const activationCodes = { linear: 0, relu: 1, relu6: 2, sigmoid: 3 } as const;

/** `fn activate(x: T) -> T` by `override activation`, for kernels that fuse an activation onto their output. */
export const activate = sigmoidSource + activateSource;

const activationKernel = elementKernel("activation", activate + activationSource, 1);

const activationGradKernel = elementKernel("activation_grad", activationGradSource, 2);

function defineActivation(activation: Nonlinearity): Op<NoAttrs> {
  return defineOp({
    name: activation,
    infer(inputs) {
      expectInputs(activation, inputs, 1);
      expectFloat(activation, "x", inputs[0]);
      return [inputs[0]];
    },
    lower(ctx, [x], [y]) {
      launchElementwise(ctx, {
        op: activation,
        kernel: activationKernel,
        walked: [y!, x],
        constants: () => ({ activation: activationCodes[activation] }),
      });
    },
    vjp(g, dy, { outputs: [y] }) {
      return g.apply(activationGrad, [dy, y], { activation });
    },
  });
}

/** max(x, 0), elementwise. */
export const relu = defineActivation("relu");

/** min(max(x, 0), 6), elementwise. */
export const relu6 = defineActivation("relu6");

/** 1 / (1 + exp(-x)), elementwise, without overflow for any finite x. */
export const sigmoid = defineActivation("sigmoid");

const nonlinearities: Readonly<Record<Nonlinearity, Op<NoAttrs>>> = { relu, relu6, sigmoid };

/** The elementwise activation that an op is; undefined for any other op. */
export function nonlinearityOf(op: Op): Nonlinearity | undefined {
  return (Object.keys(nonlinearities) as Nonlinearity[]).find((name) => nonlinearities[name] === op);
}

/**
 * ∂loss/∂x of an activation, from `dy` and the activation's OUTPUT `y`, all of one shape: what a fused activation
 * leaves behind. The derivative at the corners (relu at 0, relu6 at 0 and 6) is 0, as in Keras.
 */
export const activationGrad = defineOp<{ activation: Nonlinearity }>({
  name: "activation_grad",
  infer(inputs) {
    expectInputs("activation_grad", inputs, 2);
    const dtype = expectFloat("activation_grad", "y", inputs[1]);
    expectShape("activation_grad", "dy, like y,", inputs[0], inputs[1].shape, dtype);
    return [inputs[0]];
  },
  lower(ctx, [dy, y], [dx], { activation }) {
    launchElementwise(ctx, {
      op: "activation_grad",
      kernel: activationGradKernel,
      walked: [dx!, dy, y],
      constants: () => ({ activation: activationCodes[activation] }),
    });
  },
});
