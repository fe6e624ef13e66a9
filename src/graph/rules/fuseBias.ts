import { conv2d } from "../../kernels/conv/conv2d.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import { biasAdd } from "../../kernels/elementwise/biasAdd.js";
import type { Activation } from "../../kernels/elementwise/activation.js";
import { matMul } from "../../kernels/gemm/matMul.js";
import type { Op } from "../../kernels/op.js";
import { defineRule } from "./rule.js";

/** Ops of two inputs that take a bias as a third one. */
const withBias: readonly Op[] = [conv2d, depthwiseConv2d, matMul];

/** A convolution or matrix product adds the bias itself. */
export const fuseBias = defineRule({
  name: "fuse bias",
  match(node, around) {
    if (node.op !== biasAdd) return undefined;
    const [z, bias] = node.inputs;
    const producer = around.soleProducer(z);
    if (!producer || !withBias.includes(producer.op) || producer.inputs.length !== 2) return undefined;
    const { activation } = producer.attrs as { activation: Activation };
    return activation === "linear" ? { producer, bias } : undefined;
  },
  rewrite({ producer: { op, inputs, attrs }, bias }, g) {
    return g.apply(op, [...inputs, bias], attrs)[0];
  },
});
