import { shapeError } from "../../errors.js";
import { formatShape, sizeOf, type Shape } from "../../tensor.js";
import { expectInputs } from "../common/expect.js";
import { defineOp, type Op } from "../op.js";

/** The same values under another shape of the same size. Costs nothing: the storage is shared. */
export const reshape: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "reshape",
  alias: true,
  infer(inputs, { shape }) {
    expectInputs("reshape", inputs, 1);
    const [x] = inputs;
    if (sizeOf(x.shape) !== sizeOf(shape)) {
      throw shapeError(
        "reshape",
        `a shape of ${sizeOf(x.shape)} elements, as x ${formatShape(x.shape)} has`,
        formatShape(shape),
      );
    }
    return [{ shape: [...shape], dtype: x.dtype }];
  },
  vjp(g, dy, { inputs: [x] }) {
    return [() => g.apply(reshape, [dy], { shape: x.shape })[0]];
  },
});
