import batchNormSource from "../../../wgsl/norm/batch_norm_inference.wgsl";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { fill, multiply } from "../elementwise/elementwise.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp, type Op, type Value } from "../op.js";

const batchNormKernel = elementKernel("batch_norm_inference", batchNormSource, 5);

export interface BatchNormAttrs {
  readonly epsilon: number;
  /** Whether there is a gamma. */
  readonly scale: boolean;
  /** Whether there is a beta. */
  readonly center: boolean;
}

/** The inputs by name. Their order is Keras's order of weights: x, gamma, beta, moving mean, moving variance. */
function named<V>(inputs: readonly V[], { scale, center }: BatchNormAttrs) {
  const rest = [...inputs];
  return {
    x: rest.shift()!,
    gamma: scale ? rest.shift() : undefined,
    beta: center ? rest.shift() : undefined,
    mean: rest.shift()!,
    variance: rest.shift()!,
  };
}

/**
 * Batch normalisation by fixed statistics: (x - movingMean) / √(movingVariance + epsilon) · gamma + beta.
 * Inputs: x [..., channels], gamma (if `scale`), beta (if `center`), movingMean, movingVariance, all [channels].
 * Differentiable with respect to x, gamma and beta; the statistics are constants.
 */
export const batchNormInference: Op<BatchNormAttrs> = defineOp<BatchNormAttrs>({
  name: "batch_norm_inference",
  infer(inputs, attrs) {
    expectInputs("batch_norm_inference", inputs, 3 + Number(attrs.scale) + Number(attrs.center));
    const { x, ...parameters } = named(inputs, attrs);
    expectFloat("batch_norm_inference", "x", x);
    const channels = lastAxis("batch_norm_inference", "x", x);
    for (const [name, spec] of Object.entries(parameters)) {
      if (spec) expectShape("batch_norm_inference", name, spec, [channels]);
    }
    return [x];
  },
  lower(ctx, inputs, [y], attrs) {
    const { x, gamma, beta, mean, variance } = named(inputs, attrs);
    const [channels] = mean.shape;
    launchElementwise(ctx, {
      op: "batch_norm_inference",
      kernel: batchNormKernel,
      walked: [y!, x],
      // Without gamma or beta their bindings are never read; any readable buffer will do.
      whole: [mean, variance, gamma ?? mean, beta ?? mean],
      period: channels,
      constants: (lanes) => ({
        channels: channels / lanes,
        epsilon: attrs.epsilon,
        has_gamma: Number(attrs.scale),
        has_beta: Number(attrs.center),
      }),
      flopsPerElement: 5,
    });
  },
  vjp(g, dy, { inputs }, attrs, needs) {
    const { x, gamma, mean, variance } = named(inputs, attrs);
    const { scale, center, epsilon } = attrs;
    const bare: BatchNormAttrs = { epsilon, scale: false, center: false };
    const forX = () => {
      // The derivative is the factor that x meets: the same normalisation of dy, about a mean of zero.
      const [zero] = g.apply(fill, [], { shape: mean.shape, value: 0 });
      const factors = gamma ? [dy, gamma, zero, variance] : [dy, zero, variance];
      return g.apply(batchNormInference, factors, { ...bare, scale })[0];
    };
    const forGamma = () => {
      const [normalized] = g.apply(batchNormInference, [x, mean, variance], bare);
      return g.apply(biasAddGrad, g.apply(multiply, [dy, normalized], {}), {})[0];
    };
    const forBeta = () => g.apply(biasAddGrad, [dy], {})[0];
    const rules: (() => Value)[] = [forX, ...(scale ? [forGamma] : []), ...(center ? [forBeta] : [])];
    return inputs.map((_, i) => (needs[i] ? rules[i]?.() : undefined));
  },
});
