import adamSource from "../../../wgsl/training/adam_update.wgsl";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp } from "../op.js";
import {
  inferUpdate,
  updateBindings,
  updateConstants,
  updated,
  updateKernel,
  type UpdateAttrs,
} from "./updateInputs.js";

export interface AdamUpdateAttrs extends UpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Shrinks the variable first: w ← w - decay · w, as AdamW. Default false. */
  readonly decays?: boolean;
}

const adamKernel = updateKernel("adam_update", adamSource, 2);

/**
 * One step of Adam, in place. Inputs: variable, gradient, hyper float32 [4], m, v. The learning rate in hyper is corrected for
 * the bias of step t = 1, 2, …: learningRate · √(1 - β₂ᵗ) / (1 - β₁ᵗ). Follows keras.optimizers.Adam 3:
 * m ← m + (1 - β₁)(g - m); v ← v + (1 - β₂)(g² - v); w ← w - learningRate · m / (√v + ε).
 */
export const adamUpdate = defineOp<AdamUpdateAttrs>({
  name: "adam_update",
  infer: (inputs) => inferUpdate("adam_update", inputs, 2),
  lower(ctx, inputs, _outputs, attrs) {
    const { beta1, beta2, epsilon, decays } = attrs;
    launchElementwise(ctx, {
      op: "adam_update",
      kernel: adamKernel,
      ...updateBindings(inputs),
      constants: () => ({ ...updateConstants(attrs), beta1, beta2, epsilon, ...(decays && { decays: 1 }) }),
      flopsPerElement: 12,
    });
  },
  mutates: () => updated(2),
});
