import updateSource from "../../../wgsl/training/loss_scale_update.wgsl";
import { expectInputs, expectShape } from "../common/expect.js";
import { defineOp, float32, type Kernel } from "../op.js";

export interface LossScaleUpdateAttrs {
  /** Steps in a row with finite gradients after which the scale doubles; ≥ 1. */
  readonly growthSteps: number;
}

const updateKernel: Kernel = {
  name: "loss_scale_update",
  source: updateSource,
  access: ["read_write", "read_write", "read_write", "read", "read"],
};

/**
 * What one step's gradients mean for the loss scale, as keras.optimizers.LossScaleOptimizer 3 has it: it halves where they
 * are not all finite, and doubles after `growthSteps` good steps in a row.
 *
 * Inputs: scale (shape []), steps float32 [2] (good ones since the scale changed, skipped ones in all), both written in
 * place; hyper float32 [4]; the result of `allFinite`. Output: hyper of this step's updates, [hyper[0], 1 / scale, hyper[2],
 * 1 where the step is to be skipped, else 0], with the scale that the gradients came by.
 */
export const lossScaleUpdate = defineOp<LossScaleUpdateAttrs>({
  name: "loss_scale_update",
  infer(inputs) {
    expectInputs("loss_scale_update", inputs, 4);
    const [scale, steps, hyper, finite] = inputs;
    expectShape("loss_scale_update", "scale", scale, []);
    expectShape("loss_scale_update", "steps", steps, [2]);
    expectShape("loss_scale_update", "hyper", hyper, [4]);
    expectShape("loss_scale_update", "allFinite", finite, []);
    return [float32(4)];
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
