import rmsprop from "../../../wgsl/training/rmsprop.wgsl";
import centeredMomentumSource from "../../../wgsl/training/rmsprop_centered_momentum_update.wgsl";
import centeredSource from "../../../wgsl/training/rmsprop_centered_update.wgsl";
import momentumSource from "../../../wgsl/training/rmsprop_momentum_update.wgsl";
import plainSource from "../../../wgsl/training/rmsprop_update.wgsl";
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

export interface RmspropUpdateAttrs extends UpdateAttrs {
  readonly rho: number;
  /** 0: none, and no slot for it. */
  readonly momentum: number;
  readonly epsilon: number;
  /** Divide by an estimate of the gradient's standard deviation instead of its root mean square. */
  readonly centered: boolean;
  /** √(v + ε), as Keras 3 and tf.keras since 2.11 have it, or √v + ε, as Keras had it before. */
  readonly epsilonInsideRoot: boolean;
}

const kernels = {
  plain: updateKernel("rmsprop_update", rmsprop + plainSource, 1),
  momentum: updateKernel("rmsprop_momentum_update", rmsprop + momentumSource, 2),
  centered: updateKernel("rmsprop_centered_update", rmsprop + centeredSource, 2),
  centeredMomentum: updateKernel("rmsprop_centered_momentum_update", rmsprop + centeredMomentumSource, 3),
};

function variantOf({ momentum, centered }: RmspropUpdateAttrs): keyof typeof kernels {
  if (momentum > 0) return centered ? "centeredMomentum" : "momentum";
  return centered ? "centered" : "plain";
}

const slotsOf = ({ momentum, centered }: RmspropUpdateAttrs) => 1 + Number(momentum > 0) + Number(centered);

/**
 * One step of RMSprop, in place. Inputs: variable, gradient, hyper float32 [4], velocity, then
 * momentum if it is used, then averageGradient if `centered`. Follows keras.optimizers.RMSprop 3:
 * v ← ρv + (1 - ρ)g²; ḡ ← ρḡ + (1 - ρ)g; m ← momentum · m + lr · g / √(v - ḡ² + ε); w ← w - m.
 */
export const rmspropUpdate = defineOp<RmspropUpdateAttrs>({
  name: "rmsprop_update",
  infer: (inputs, attrs) => inferUpdate("rmsprop_update", inputs, slotsOf(attrs)),
  lower(ctx, inputs, _outputs, attrs) {
    const { rho, epsilon, momentum, epsilonInsideRoot } = attrs;
    const common = {
      ...updateConstants(attrs),
      rho,
      epsilon,
      epsilon_inside_root: Number(epsilonInsideRoot),
    };
    launchElementwise(ctx, {
      op: "rmsprop_update",
      kernel: kernels[variantOf(attrs)],
      ...updateBindings(inputs),
      constants: () => (momentum > 0 ? { ...common, momentum } : common),
      flopsPerElement: 9,
    });
  },
  mutates: (attrs) => updated(slotsOf(attrs)),
});
