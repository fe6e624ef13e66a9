import { conv2d } from "../../kernels/conv/conv2d.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import type { Activation } from "../../kernels/elementwise/activation.js";
import { fill } from "../../kernels/elementwise/elementwise.js";
import { batchNormBackpropInput, batchNormInference } from "../../kernels/norm/batchNorm.js";
import { namedInputs, type BatchNormAttrs } from "../../kernels/norm/batchNormInputs.js";
import type { Op } from "../../kernels/op.js";
import { reshape } from "../../kernels/shape/reshape.js";
import { sizeOf } from "../../tensor.js";
import { defineRule } from "./rule.js";

/** Convolutions whose kernel ends in the output channels, in one axis or in two. */
const convolutions: readonly Op[] = [conv2d, depthwiseConv2d];

/**
 * A normalization by fixed statistics goes into the kernel and the bias of the convolution before it, where all of these
 * are constant: (x ⋆ k + b - mean) · s + beta = x ⋆ (k · s) + ((b - mean) · s + beta), s = gamma / √(variance + ε). The
 * product k · s is what the normalization's gradient makes of dy; the new bias is the normalization of the old one, or of
 * zeros. Both are made again when a weight changes, and not in every run: see `Constants`.
 */
export const foldBatchNorm = defineRule({
  name: "fold batch normalization",
  match(node, around) {
    if (node.op !== batchNormInference) return undefined;
    const attrs = node.attrs as BatchNormAttrs;
    if ((attrs.activation ?? "linear") !== "linear") return undefined;
    const [z, ...parameters] = node.inputs;
    const convolution = around.soleProducer(z);
    if (!convolution || !convolutions.includes(convolution.op)) return undefined;
    if ((convolution.attrs as { activation: Activation }).activation !== "linear") return undefined;
    const weights = [...convolution.inputs.slice(1), ...parameters];
    if (!weights.every((weight) => around.isConstant(weight))) return undefined;
    return { convolution, parameters, attrs };
  },
  rewrite({ convolution, parameters, attrs }, g) {
    const [x, kernel, bias] = convolution.inputs;
    const { gamma, mean, variance } = namedInputs([x, ...parameters], attrs);
    const { epsilon, scale } = attrs;
    const [byChannel] = g.apply(reshape, [kernel], {
      shape: [sizeOf(kernel.shape) / sizeOf(mean.shape), ...mean.shape],
    });
    const factors = gamma ? [byChannel, gamma, variance] : [byChannel, variance];
    const [scaled] = g.apply(batchNormBackpropInput, factors, { epsilon, scale });
    const [folded] = g.apply(reshape, [scaled], { shape: kernel.shape });
    const before = bias ?? g.apply(fill, [], { shape: mean.shape, value: 0 })[0];
    const [shifted] = g.apply(batchNormInference, [before, ...parameters], attrs);
    return g.apply(convolution.op, [x, folded, shifted], convolution.attrs)[0];
  },
});
