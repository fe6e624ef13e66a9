import castSource from "../../../wgsl/shape/cast.wgsl";
import type { FloatType } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { storedType } from "../common/launchUnits.js";
import { defineOp, type GraphBuilder, type LowerContext, type Op, type Operand, type Value } from "../op.js";

const castKernel = elementKernel("cast", castSource, 1);

/** y = x in another type, of one shape. Rounded to the nearest; beyond ±65504 float16 is infinite. */
export const cast: Op<{ dtype: FloatType }> = defineOp<{ dtype: FloatType }>({
  name: "cast",
  infer(inputs, { dtype }) {
    expectInputs("cast", inputs, 1);
    expectFloat("cast", "x", inputs[0]);
    return [{ shape: inputs[0].shape, dtype }];
  },
  lower(ctx, [x], [y]) {
    launchCast(ctx, x, y!);
  },
  vjp(g, dy, { inputs: [x] }) {
    return [() => castTo(g, dy, x.dtype as FloatType)];
  },
});

/** The value in `dtype`: itself, where that is its type already. */
export function castTo(g: GraphBuilder, value: Value, dtype: FloatType): Value {
  return value.dtype === dtype ? value : g.apply(cast, [value], { dtype })[0];
}

/** Fills y, of x's shape, with x. */
export function launchCast(ctx: LowerContext, x: Operand, y: Operand): void {
  launchElementwise(ctx, {
    op: "cast",
    kernel: castKernel,
    walked: [y, x],
    prelude: (type) => `alias StoredX = ${storedType(type, x.dtype)};`,
  });
}
