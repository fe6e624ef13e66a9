import hyperSource from "../../../wgsl/training/hyper.wgsl";
import updateSource from "../../../wgsl/training/loss_scale_update.wgsl";
import { expectInputs, expectShape } from "../common/expect.js";
import { defineOp, float32, type Kernel } from "../op.js";
import { expectHyper, hyperShape } from "./hyper.js";

export interface LossScaleUpdateAttrs {
  /** Steps in a row with finite gradients after which the scale doubles; ≥ 1. */
  readonly growthSteps: number;
}

const updateKernel: Kernel = {
  name: "loss_scale_update",
  source: hyperSource + updateSource,
  access: ["read_write", "read_write", "read_write", "read", "read"],
};

/**
 * What one step's gradients mean for the loss scale, as keras.optimizers.LossScaleOptimizer 3 has it: it halves where they
 * are not all finite, and doubles after `growthSteps` good steps in a row.
 *
 * Inputs: scale (shape []), steps float32 [2] (good ones since the scale changed, skipped ones in all), both written in
 * place; hyper float32 [4]; the result of `allFinite`. Output: hyper of this step's updates, with 1 / the
 * scale that the gradients came by, and whether the step is to be skipped.
 */
export const lossScaleUpdate = defineOp<LossScaleUpdateAttrs>({
  name: "loss_scale_update",
  infer(inputs) {
    expectInputs("loss_scale_update", inputs, 4);
    const [scale, steps, hyper, finite] = inputs;
    expectShape("loss_scale_update", "scale", scale, []);
    expectShape("loss_scale_update", "steps", steps, [2]);
    expectHyper("loss_scale_update", hyper);
    expectShape("loss_scale_update", "allFinite", finite, []);
    return [float32(...hyperShape)];
  },
  lower(ctx, inputs, [stepHyper], { growthSteps }) {
    ctx.launch({
      kernel: updateKernel,
      constants: { growth_steps: growthSteps },
      args: [stepHyper!, ...inputs],
      workgroups: [1, 1, 1],
    });
  },
  mutates: () => [0, 1],
});
