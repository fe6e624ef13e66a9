import binarySource from "../../../wgsl/elementwise/elementwise_binary.wgsl";
import fillSource from "../../../wgsl/elementwise/fill.wgsl";
import scaleSource from "../../../wgsl/elementwise/scale.wgsl";
import type { Shape } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, float32, type Op, type OpDefinition } from "../op.js";

const binaryKernel = elementKernel("elementwise_binary", binarySource, 2);

const scaleKernel = elementKernel("scale", scaleSource, 1);

const fillKernel = elementKernel("fill", fillSource, 0);

function defineBinary(name: "add" | "multiply", vjp: OpDefinition<NoAttrs>["vjp"]): Op<NoAttrs> {
  return defineOp({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      const dtype = expectFloat(name, "a", inputs[0]);
      expectShape(name, "b, like a,", inputs[1], inputs[0].shape, dtype);
      return [inputs[0]];
    },
    lower(ctx, [a, b], [y]) {
      launchElementwise(ctx, {
        op: name,
        kernel: binaryKernel,
        walked: [y!, a, b],
        constants: () => ({ multiply: Number(name === "multiply") }),
        flopsPerElement: 1,
      });
    },
    vjp,
  });
}

/** y = a + b, of one shape. */
export const add = defineBinary("add", (_g, dy) => [dy, dy]);

/** y = a · b elementwise, of one shape. */
export const multiply = defineBinary("multiply", (g, dy, { inputs: [a, b] }, _attrs, needs) => [
  needs[0] ? g.apply(multiply, [dy, b], {})[0] : undefined,
  needs[1] ? g.apply(multiply, [dy, a], {})[0] : undefined,
]);

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
    return g.apply(scale, [dy], attrs);
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
