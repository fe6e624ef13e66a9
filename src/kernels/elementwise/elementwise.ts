import fillSource from "../../../wgsl/elementwise/fill.wgsl";
import scaleSource from "../../../wgsl/elementwise/scale.wgsl";
import type { Shape } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp, float32, type Op } from "../op.js";

const scaleKernel = elementKernel("scale", scaleSource, 1);

const fillKernel = elementKernel("fill", fillSource, 0);

/** y = factor · x. */
export const scale: Op<{ factor: number }> = defineOp<{ factor: number }>({
  name: "scale",
  infer(inputs) {
    expectInputs("scale", inputs, 1);
    expectFloat("scale", "x", inputs[0]);
    return [inputs[0]];
  },
  lower(ctx, [x], [y], { factor }) {
    launchElementwise(ctx, {
      op: "scale",
      kernel: scaleKernel,
      walked: [y!, x],
      constants: () => ({ factor }),
      flopsPerElement: 1,
    });
  },
  vjp(g, dy, _io, attrs) {
    return [() => g.apply(scale, [dy], attrs)[0]];
  },
});

/** A float32 tensor of `shape`, every element `value`. No inputs. */
export const fill = defineOp<{ shape: Shape; value: number }>({
  name: "fill",
  infer(inputs, { shape }) {
    expectInputs("fill", inputs, 0);
    return [float32(...shape)];
  },
  lower(ctx, _inputs, [y], { value }) {
    launchElementwise(ctx, { op: "fill", kernel: fillKernel, walked: [y!], constants: () => ({ value }) });
  },
});
