/** What keeps a weight within bounds after each update, in place. Follows keras/src/constraints/constraints.py. */
import nonNegativeSource from "../../../wgsl/training/constrain_non_negative.wgsl";
import normSource from "../../../wgsl/training/constrain_norm.wgsl";
import kerasEpsilon from "../../../wgsl/training/keras_epsilon.wgsl";
import { shapeError } from "../../errors.js";
import { sizeOf, type Shape } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectFloat32, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { launchUnits } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp } from "../op.js";

const normKernel = invocationKernel("constrain_norm", kerasEpsilon + normSource, ["read_write"]);
const nonNegativeKernel = invocationKernel("constrain_non_negative", nonNegativeSource, ["read_write"]);

export interface ConstrainNormAttrs {
  /** What a norm is taken over: axes next to each other, in ascending order. */
  readonly axes: readonly number[];
  readonly minimum: number;
  readonly maximum: number;
  /** How far a norm outside goes towards the bound: 1, all the way. */
  readonly rate: number;
}

/** w · (rate · clip(‖w‖, minimum, maximum) + (1 - rate) · ‖w‖) / (1e-7 + ‖w‖), with the norms over `axes`. Input: a variable. */
export const constrainNorm = defineOp<ConstrainNormAttrs>({
  name: "constrain_norm",
  infer(inputs, { axes }) {
    expectInputs("constrain_norm", inputs, 1);
    const [{ shape }] = inputs;
    expectFloat32("constrain_norm", "weight", inputs[0]);
    const isGood = axes.length > 0 && axes.every((axis, i) => axis === axes[0] + i && axis < shape.length);
    if (isGood && axes[0] >= 0) return [];
    const expected = `axes of [${shape.join(", ")}], next to each other and in order`;
    throw shapeError("constrain_norm", expected, `[${axes.join(", ")}]`);
  },
  lower(ctx, [weight], _outputs, { axes, ...bounds }) {
    const { shape } = weight;
    const size = (part: Shape) => sizeOf(part);
    const inner = size(shape.slice(axes.at(-1)! + 1));
    launchUnits(ctx, {
      op: "constrain_norm",
      kernel: normKernel,
      units: size(shape.slice(0, axes[0])),
      walked: [weight],
      constants: { reduced: size(axes.map((axis) => shape[axis])), inner, ...bounds },
      invocationsPerUnit: inner,
    });
  },
  mutates: () => [0],
});

/** max(w, 0). Input: a variable. */
export const constrainNonNegative = defineOp<NoAttrs>({
  name: "constrain_non_negative",
  infer(inputs) {
    expectInputs("constrain_non_negative", inputs, 1);
    expectFloat32("constrain_non_negative", "weight", inputs[0]);
    return [];
  },
  lower(ctx, [weight]) {
    launchElementwise(ctx, { op: "constrain_non_negative", kernel: nonNegativeKernel, walked: [weight] });
  },
  mutates: () => [0],
});
