import { relu } from "../../kernels/elementwise/activation.js";
import { add, addRelu } from "../../kernels/elementwise/binary.js";
import { defineRule } from "./rule.js";

/** The relu of a sum, as at the end of each block of ResNet, is computed with it. */
export const fuseAddRelu = defineRule({
  name: "fuse add and relu",
  match(node, around) {
    if (node.op !== relu) return undefined;
    const producer = around.soleProducer(node.inputs[0]);
    return producer?.op === add ? producer : undefined;
  },
  rewrite({ inputs }, g) {
    return g.apply(addRelu, inputs, {})[0];
  },
});
