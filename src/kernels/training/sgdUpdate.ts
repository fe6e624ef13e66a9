import momentumSource from "../../../wgsl/training/sgd_momentum_update.wgsl";
import plainSource from "../../../wgsl/training/sgd_update.wgsl";
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

export interface SgdUpdateAttrs extends UpdateAttrs {
  /** 0: plain descent, without a slot. */
  readonly momentum: number;
  readonly nesterov: boolean;
}

const plainKernel = updateKernel("sgd_update", plainSource, 0);

const momentumKernel = updateKernel("sgd_momentum_update", momentumSource, 1);

const slotsOf = ({ momentum }: SgdUpdateAttrs) => (momentum > 0 ? 1 : 0);

/**
 * One step of stochastic gradient descent, in place. Inputs: variable, gradient, hyper float32 [4] (its learning
 * rate), and momentum if it is used. Follows keras.optimizers.SGD 3: m ← momentum · m - lr g; w ← w + m, with Nesterov w + momentum · m - lr g.
 */
export const sgdUpdate = defineOp<SgdUpdateAttrs>({
  name: "sgd_update",
  infer: (inputs, attrs) => inferUpdate("sgd_update", inputs, slotsOf(attrs)),
  lower(ctx, inputs, _outputs, attrs) {
    const { momentum, nesterov } = attrs;
    const common = updateConstants(attrs);
    launchElementwise(ctx, {
      op: "sgd_update",
      kernel: momentum > 0 ? momentumKernel : plainKernel,
      ...updateBindings(inputs),
      constants: () => (momentum > 0 ? { ...common, momentum, nesterov: Number(nesterov) } : common),
      flopsPerElement: momentum > 0 ? 4 : 2,
    });
  },
  mutates: (attrs) => updated(slotsOf(attrs)),
});
