import source from "../../../wgsl/image/to_bytes.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp } from "../op.js";

export interface ToBytesAttrs {
  /** "down" cuts off what is behind the point, "nearest" rounds, halves to the even number. */
  readonly rounding: "down" | "nearest";
}

const kernel = elementKernel("to_bytes", source, 1);

/** Values as uint8 would have them, whole numbers from 0 to 255, in x's type. Not differentiable. */
export const toBytes = defineOp<ToBytesAttrs>({
  name: "to_bytes",
  infer(inputs) {
    expectInputs("to_bytes", inputs, 1);
    expectFloat("to_bytes", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y], { rounding }) {
    launchElementwise(ctx, {
      op: "to_bytes",
      kernel,
      walked: [y!, x],
      constants: () => ({ nearest: Number(rounding === "nearest") }),
    });
  },
});
