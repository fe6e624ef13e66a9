import { conv2d } from "../../kernels/conv/conv2d.js";
import { conv2dMaxPool } from "../../kernels/conv/conv2dMaxPool.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import { nonlinearityOf, type Activation } from "../../kernels/elementwise/activation.js";
import { matMul } from "../../kernels/gemm/matMul.js";
import type { Op } from "../../kernels/op.js";
import { defineRule } from "./rule.js";

/** Ops that apply `attrs.activation` to what they store. */
const activating: readonly Op[] = [conv2d, conv2dMaxPool, depthwiseConv2d, matMul];

/** The kernel before an elementwise activation applies it as it stores. */
export const fuseActivation = defineRule({
  name: "fuse activation",
  match(node, around) {
    const activation = nonlinearityOf(node.op);
    const producer = activation && around.soleProducer(node.inputs[0]);
    if (!producer || !activating.includes(producer.op)) return undefined;
    const attrs = producer.attrs as { activation: Activation };
    return attrs.activation === "linear" ? { producer, attrs: { ...attrs, activation } } : undefined;
  },
  rewrite({ producer: { op, inputs }, attrs }, g) {
    return g.apply(op, inputs, attrs)[0];
  },
});
