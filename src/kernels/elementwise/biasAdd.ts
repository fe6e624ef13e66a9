import biasAddSource from "../../../wgsl/elementwise/bias_add.wgsl";
import { sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, float32 } from "../op.js";
import { sumRows } from "../shape/sumRows.js";

const biasAddKernel = elementKernel("bias_add", biasAddSource, 2);

/** y = x + bias, x [..., channels], bias [channels], float32. */
export const biasAdd = defineOp<NoAttrs>({
  name: "bias_add",
  infer(inputs) {
    expectInputs("bias_add", inputs, 2);
    const [x, bias] = inputs;
    expectFloat("bias_add", "x", x);
    expectShape("bias_add", "bias", bias, [lastAxis("bias_add", "x", x)]);
    return [x];
  },
  lower(ctx, [x, bias], [y]) {
    const [channels] = bias.shape;
    launchElementwise(ctx, {
      op: "bias_add",
      kernel: biasAddKernel,
      walked: [y!, x],
      whole: [bias],
      period: channels,
      constants: (lanes) => ({ channels: channels / lanes }),
      flopsPerElement: 1,
    });
  },
  vjp(g, dy) {
    return [() => dy, () => g.apply(biasAddGrad, [dy], {})[0]];
  },
});

/** The bias's gradient [channels], float32: dy [..., channels] summed over all axes but the last. */
export const biasAddGrad = defineOp<NoAttrs>({
  name: "bias_add_grad",
  infer(inputs) {
    expectInputs("bias_add_grad", inputs, 1);
    expectFloat("bias_add_grad", "dy", inputs[0]);
    return [float32(lastAxis("bias_add_grad", "dy", inputs[0]))];
  },
  lower(ctx, [dy], [dbias]) {
    const [channels] = dbias!.shape;
    sumRows(ctx, "bias_add_grad", dy, dbias!, sizeOf(dy.shape) / channels, channels);
  },
});
