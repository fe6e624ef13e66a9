import { conv2d } from "../../kernels/conv/conv2d.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import type { Activation } from "../../kernels/elementwise/activation.js";
import { fill } from "../../kernels/elementwise/elementwise.js";
import { batchNormInference, type BatchNormAttrs } from "../../kernels/norm/batchNorm.js";
import type { Op } from "../../kernels/op.js";
import { reshape } from "../../kernels/shape/reshape.js";
import { sizeOf } from "../../tensor.js";
import { defineRule } from "./rule.js";

/** Convolutions whose kernel ends in the output channels, in one axis or in two. */
const convolutions: readonly Op[] = [conv2d, depthwiseConv2d];

/**
 * A normalisation by fixed statistics goes into the kernel and the bias of the convolution before it, where all of these
 * are constant: (x ⋆ k + b - mean) · s + beta = x ⋆ (k · s) + ((b - mean) · s + beta), s = gamma / √(variance + ε). The
 * new kernel is the normalisation of the old one about a mean of zero, without beta; the new bias that of the old one, or
 * of zeros. Both are made again when a weight changes, and not in every run: see `Constants`.
 */
export const foldBatchNorm = defineRule({
  name: "fold batch normalization",
  match(node, around) {
    if (node.op !== batchNormInference) return undefined;
    const [z, ...parameters] = node.inputs;
    const convolution = around.soleProducer(z);
    if (!convolution || !convolutions.includes(convolution.op)) return undefined;
    if ((convolution.attrs as { activation: Activation }).activation !== "linear") return undefined;
    const weights = [...convolution.inputs.slice(1), ...parameters];
    if (!weights.every((weight) => around.isConstant(weight))) return undefined;
    return { convolution, parameters, attrs: node.attrs as BatchNormAttrs };
  },
  rewrite({ convolution, parameters, attrs }, g) {
    const [x, kernel, bias] = convolution.inputs;
    const [mean, variance] = parameters.slice(-2);
    const gamma = attrs.scale ? [parameters[0]] : [];
    const [zeros] = g.apply(fill, [], { shape: mean.shape, value: 0 });
    const [byChannel] = g.apply(reshape, [kernel], {
      shape: [sizeOf(kernel.shape) / sizeOf(mean.shape), ...mean.shape],
    });
    const factors = { ...attrs, center: false };
    const [scaled] = g.apply(batchNormInference, [byChannel, ...gamma, zeros, variance], factors);
    const [folded] = g.apply(reshape, [scaled], { shape: kernel.shape });
    const [shifted] = g.apply(batchNormInference, [bias ?? zeros, ...parameters], attrs);
    return g.apply(convolution.op, [x, folded, shifted], convolution.attrs)[0];
  },
});
