/** Batch normalization by the batch's own statistics. */
import gradSource from "../../../wgsl/norm/batch_norm_training_grad.wgsl";
import normalized from "../../../wgsl/norm/normalized.wgsl";
import { sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { throughActivation } from "../elementwise/activation.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp, float32 } from "../op.js";
import { expectBatchNorm, expectChannels, namedInputs, type BatchNormAttrs } from "./batchNormInputs.js";
import { launchBatchNorm, launchMoments, launchParameterGradients } from "./launchBatchNorm.js";

const gradKernel = elementKernel("batch_norm_training_grad", normalized + gradSource, 7, [
  "channels",
  "rows",
]);

/**
 * activation((x - mean) / √(variance + epsilon) · gamma + beta), where mean and variance (the biased one) are those of x over all axes but
 * the last. Inputs: x [..., channels], gamma (if `scale`), beta (if `center`), float32 [channels]. Outputs: y, mean and
 * variance, float32 [channels], through which no gradient comes from elsewhere. Differentiable with respect to all inputs.
 */
export const batchNormTraining = defineOp<BatchNormAttrs>({
  name: "batch_norm_training",
  infer(inputs, attrs) {
    const channels = expectBatchNorm("batch_norm_training", inputs, attrs, 0);
    return [inputs[0], float32(channels), float32(channels)];
  },
  lower(ctx, inputs, [y, ...outputs], attrs) {
    const { x, gamma, beta } = namedInputs(inputs, attrs);
    const channels = x.shape.at(-1)!;
    const [mean, variance] = [0, 1].map((i) => outputs[i] ?? ctx.scratch(float32(channels)));
    launchMoments(ctx, "batch_norm_training", x, { mean, variance });
    const { epsilon, activation } = attrs;
    launchBatchNorm(ctx, "batch_norm_training", x, y!, { mean, variance, gamma, beta, epsilon, activation });
  },
  vjp(g, dz, { inputs, outputs: [y, mean, variance] }, attrs) {
    const { x, gamma } = namedInputs(inputs, attrs);
    const { epsilon, scale, center, activation = "linear" } = attrs;
    const dy = throughActivation(g, "batch_norm_training", dz, y, activation);
    const [dx, dgamma, dbeta] = g.apply(
      batchNormTrainingGrad,
      gamma ? [dy, x, gamma, mean, variance] : [dy, x, mean, variance],
      { epsilon, scale },
    );
    return [dx, ...(scale ? [dgamma] : []), ...(center ? [dbeta] : [])];
  },
});

/**
 * Gradients of `batchNormTraining` with respect to x (of its type), gamma and beta (float32 [channels]). Inputs: dy and x
 * [..., channels], gamma (if `scale`), and the mean and variance that the normalization found.
 */
export const batchNormTrainingGrad = defineOp<Pick<BatchNormAttrs, "epsilon" | "scale">>({
  name: "batch_norm_training_grad",
  infer(inputs, { scale }) {
    expectInputs("batch_norm_training_grad", inputs, scale ? 5 : 4);
    const [dy, ...rest] = inputs;
    const { x, gamma, mean, variance } = namedInputs(rest, { scale, center: false });
    const channels = expectChannels("batch_norm_training_grad", x, { gamma, mean, variance });
    expectShape("batch_norm_training_grad", "dy, like x,", dy, x.shape, x.dtype);
    return [x, float32(channels), float32(channels)];
  },
  lower(ctx, [dy, ...rest], [dx, ...outputs], { epsilon, scale }) {
    const { x, gamma, mean, variance } = namedInputs(rest, { scale, center: false });
    const [channels] = mean.shape;
    const [dgamma, dbeta] = [0, 1].map((i) => outputs[i] ?? ctx.scratch(float32(channels)));
    const op = "batch_norm_training_grad";
    launchParameterGradients(ctx, op, { dy, x, mean, variance, epsilon }, { dgamma, dbeta });
    launchElementwise(ctx, {
      op,
      kernel: gradKernel,
      walked: [dx!, dy, x],
      // A gamma that is not there is never read.
      whole: [mean, variance, gamma ?? variance, dgamma, dbeta],
      period: channels,
      constants: () => ({ epsilon, has_gamma: Number(scale) }),
      params: (lanes) => ({ channels: channels / lanes, rows: sizeOf(x.shape) / channels }),
      flopsPerElement: 10,
    });
  },
});
