import { shapeError } from "../../errors.js";
import { formatShape } from "../../tensor.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { launchStrided, stridesOf } from "../common/strided.js";
import { defineOp, specOf, type Op } from "../op.js";
import { stridedCopyKernel } from "./broadcastTo.js";

export interface TransposeAttrs {
  /** Which axis of x each axis of y is, counted from 0: [0, 2, 1] exchanges the last two of three. */
  readonly permutation: readonly number[];
}

/** x with its axes in another order, as numpy.transpose; of x's type. x must fit one binding. */
export const transpose: Op<TransposeAttrs> = defineOp<TransposeAttrs>({
  name: "transpose",
  infer(inputs, { permutation }) {
    expectInputs("transpose", inputs, 1);
    const [x] = inputs;
    const dtype = expectFloat("transpose", "x", x);
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw shapeError("transpose", `each axis of x ${formatShape(x.shape)} once`, permutation.join(", "));
    }
    return [
      specOf(
        permutation.map((axis) => x.shape[axis]),
        dtype,
      ),
    ];
  },
  lower(ctx, [x], [y], { permutation }) {
    const own = stridesOf(x.shape);
    launchStrided(ctx, {
      op: "transpose",
      kernel: stridedCopyKernel,
      result: y!,
      inputs: { x: { operand: x, strides: permutation.map((axis) => own[axis]) } },
    });
  },
  vjp(g, dy, _io, { permutation }) {
    return [
      () =>
        g.apply(transpose, [dy], { permutation: permutation.map((_, axis) => permutation.indexOf(axis)) })[0],
    ];
  },
});
