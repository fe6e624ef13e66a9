import rsqrtSource from "../../../wgsl/elementwise/rsqrt.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp } from "../op.js";
import { greaterEqual, multiply } from "./binary.js";
import { fill, scale } from "./elementwise.js";

const rsqrtKernel = elementKernel("rsqrt", rsqrtSource, 1);

export interface RsqrtAttrs {
  /** Where x is below it, it counts as this, and has no gradient. Above 0. */
  readonly least: number;
}

/** 1 / √x, elementwise; of x's type. */
export const rsqrt = defineOp<RsqrtAttrs>({
  name: "rsqrt",
  infer(inputs) {
    expectInputs("rsqrt", inputs, 1);
    expectFloat("rsqrt", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y], { least }) {
    launchElementwise(ctx, {
      op: "rsqrt",
      kernel: rsqrtKernel,
      walked: [y!, x],
      constants: () => ({ least }),
      flopsPerElement: 2,
    });
  },
  // −½ y³, from the inner factors out: y³ alone may be beyond float32 where dy · y is not.
  vjp(g, dy, { inputs: [x], outputs: [y] }, { least }) {
    const [limit] = g.apply(fill, [], { shape: [1], value: least });
    const [above] = g.apply(greaterEqual, [x, limit], {});
    const kept = g.apply(multiply, [dy, above], {})[0];
    const times = [y, y, y].reduce((product, factor) => g.apply(multiply, [product, factor], {})[0], kept);
    return [() => g.apply(scale, [times], { factor: -0.5 })[0]];
  },
});
