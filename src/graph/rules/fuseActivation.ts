import { conv2d } from "../../kernels/conv/conv2d.js";
import { conv2dMaxPool } from "../../kernels/conv/conv2dMaxPool.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import { isMonotonic, nonlinearityOf, type Activation } from "../../kernels/elementwise/activation.js";
import { matMul } from "../../kernels/gemm/matMul.js";
import { batchNormInference } from "../../kernels/norm/batchNorm.js";
import { batchNormTraining } from "../../kernels/norm/batchNormTraining.js";
import type { Op } from "../../kernels/op.js";
import { defineRule } from "./rule.js";

/** Ops that apply `attrs.activation` to what they store. */
const activating: readonly Op[] = [
  ...[conv2d, conv2dMaxPool, depthwiseConv2d, matMul],
  ...[batchNormInference, batchNormTraining],
];

/** The kernel before an elementwise activation applies it as it stores. */
export const fuseActivation = defineRule({
  name: "fuse activation",
  match(node, around) {
    const activation = nonlinearityOf(node.op);
    const producer = activation && around.soleProducer(node.inputs[0], "with others");
    if (!producer || !activating.includes(producer.op)) return undefined;
    if (producer.op === conv2dMaxPool && !isMonotonic(activation)) return undefined;
    const attrs = producer.attrs as { activation?: Activation };
    const isLinear = (attrs.activation ?? "linear") === "linear";
    return isLinear ? { producer, attrs: { ...attrs, activation } } : undefined;
  },
  replaced: ({ producer }) => producer,
  rewrite({ producer: { op, inputs }, attrs }, g) {
    return g.apply(op, inputs, attrs)[0];
  },
});
