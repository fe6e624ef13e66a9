/** Batch normalization by statistics that do not depend on the batch. */
import { expectInputs, expectShape } from "../common/expect.js";
import { throughActivation } from "../elementwise/activation.js";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { defineOp, float32, type Value } from "../op.js";
import { expectBatchNorm, expectChannels, namedInputs, type BatchNormAttrs } from "./batchNormInputs.js";
import { launchBatchNorm, launchParameterGradients } from "./launchBatchNorm.js";

/**
 * activation((x - movingMean) / √(movingVariance + epsilon) · gamma + beta). Inputs: x [..., channels], gamma (if `scale`), beta (if
 * `center`), movingMean, movingVariance, all float32 [channels]. Differentiable with respect to x, gamma and beta; the
 * statistics are constants.
 */
export const batchNormInference = defineOp<BatchNormAttrs>({
  name: "batch_norm_inference",
  infer(inputs, attrs) {
    expectBatchNorm("batch_norm_inference", inputs, attrs, 2);
    return [inputs[0]];
  },
  lower(ctx, inputs, [y], attrs) {
    const { x, ...normalization } = namedInputs(inputs, attrs);
    const { epsilon, activation } = attrs;
    launchBatchNorm(ctx, "batch_norm_inference", x, y!, { ...normalization, epsilon, activation });
  },
  vjp(g, dz, { inputs, outputs: [y] }, attrs, needs) {
    const { x, gamma, mean, variance } = namedInputs(inputs, attrs);
    const { epsilon, scale, center, activation = "linear" } = attrs;
    const dy = throughActivation(g, "batch_norm_inference", dz, y, activation);
    const needed = namedInputs(needs, attrs);
    const factors = gamma ? [dy, gamma, variance] : [dy, variance];
    const dx = needed.x ? g.apply(batchNormBackpropInput, factors, { epsilon, scale })[0] : undefined;
    let [dgamma, dbeta]: (Value | undefined)[] = [undefined, undefined];
    if (needed.gamma) [dgamma, dbeta] = g.apply(batchNormParameterGrad, [dy, x, mean, variance], { epsilon });
    else if (needed.beta) [dbeta] = g.apply(biasAddGrad, [dy], {});
    return [dx, ...(scale ? [dgamma] : []), ...(center ? [dbeta] : []), undefined, undefined];
  },
});

/**
 * ∂loss/∂x of `batchNormInference`: dy · gamma / √(movingVariance + epsilon), of dy's type. Inputs: dy [..., channels], gamma
 * (if `scale`), movingVariance. Needs neither x nor the mean, so that a frozen layer keeps no activation for it.
 */
export const batchNormBackpropInput = defineOp<Pick<BatchNormAttrs, "epsilon" | "scale">>({
  name: "batch_norm_backprop_input",
  infer(inputs, { scale }) {
    expectInputs("batch_norm_backprop_input", inputs, scale ? 3 : 2);
    const [dy, ...vectors] = inputs;
    const [gamma, variance] = scale ? vectors : [undefined, ...vectors];
    expectChannels("batch_norm_backprop_input", dy, { gamma, variance });
    return [dy];
  },
  lower(ctx, [dy, ...vectors], [dx], { epsilon, scale }) {
    const [gamma, variance] = scale ? vectors : [undefined, vectors[0]];
    launchBatchNorm(ctx, "batch_norm_backprop_input", dy, dx!, { gamma, variance: variance, epsilon });
  },
});

/**
 * Gradients of `batchNormInference` with respect to gamma and beta, float32 [channels]: Σ dy · (x - mean) / √(variance + epsilon)
 * and Σ dy. Inputs: dy and x [..., channels], movingMean, movingVariance.
 */
export const batchNormParameterGrad = defineOp<Pick<BatchNormAttrs, "epsilon">>({
  name: "batch_norm_parameter_grad",
  infer(inputs) {
    expectInputs("batch_norm_parameter_grad", inputs, 4);
    const [dy, x, mean, variance] = inputs;
    const channels = expectChannels("batch_norm_parameter_grad", x, { mean, variance });
    expectShape("batch_norm_parameter_grad", "dy, like x,", dy, x.shape, x.dtype);
    return [float32(channels), float32(channels)];
  },
  lower(ctx, [dy, x, mean, variance], [dgamma, dbeta], { epsilon }) {
    launchParameterGradients(
      ctx,
      "batch_norm_parameter_grad",
      { dy, x, mean, variance, epsilon },
      { dgamma: dgamma!, dbeta: dbeta ?? ctx.scratch(float32(...mean.shape)) },
    );
  },
});
