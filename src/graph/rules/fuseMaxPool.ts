import { conv2d, type Conv2dAttrs } from "../../kernels/conv/conv2d.js";
import { conv2dMaxPool, isPoolOfConv2dMaxPool } from "../../kernels/conv/conv2dMaxPool.js";
import { maxPool2d, type MaxPool2dAttrs } from "../../kernels/pool/maxPool2d.js";
import { defineRule } from "./rule.js";

/** A convolution stores only the maxima of its result, in predictions and in frozen layers. */
export const fuseMaxPool = defineRule({
  name: "fuse max pooling",
  match(node, around) {
    if (node.op !== maxPool2d || !isPoolOfConv2dMaxPool(node.attrs as MaxPool2dAttrs)) return undefined;
    const producer = around.soleProducer(node.inputs[0]);
    return producer?.op === conv2d ? producer : undefined;
  },
  rewrite({ inputs, attrs }, g) {
    return g.apply(conv2dMaxPool, inputs, attrs as Conv2dAttrs)[0];
  },
});
