import hyperSource from "../../../wgsl/training/hyper.wgsl";
import unscaleSource from "../../../wgsl/training/unscale.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp } from "../op.js";
import { expectHyper } from "./hyper.js";

const unscaleKernel = elementKernel("unscale", hyperSource + unscaleSource, 2);

/**
 * A gradient of the scaled loss, made one of the loss: y = x / loss scale. Inputs: x float32 of any shape, hyper float32 [4].
 * For gradients that something else than an update reads; an update does it by itself (`scaledGradient`).
 */
export const unscale = defineOp<NoAttrs>({
  name: "unscale",
  infer(inputs) {
    expectInputs("unscale", inputs, 2);
    const [x, hyper] = inputs;
    expectShape("unscale", "x", x, x.shape);
    expectHyper("unscale", hyper);
    return [x];
  },
  lower(ctx, [x, hyper], [y]) {
    launchElementwise(ctx, {
      op: "unscale",
      kernel: unscaleKernel,
      walked: [y!, x],
      whole: [hyper],
      flopsPerElement: 1,
    });
  },
});
