import type { Shape } from "../../tensor.js";
import { expectFloat, expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, specOf } from "../op.js";
import { broadcastSegments } from "../shape/broadcastSegments.js";
import { sumSegments } from "../shape/sumRows.js";

/** y [n, c], of x's type: the mean of x [n, h, w, c] over h and w. */
export const globalAveragePool2d = defineOp<NoAttrs>({
  name: "global_average_pool2d",
  infer(inputs) {
    expectInputs("global_average_pool2d", inputs, 1);
    expectRank("global_average_pool2d", "x", inputs[0], 4, floatTypes);
    return [specOf([inputs[0].shape[0], inputs[0].shape[3]], inputs[0].dtype)];
  },
  lower(ctx, [x], [y]) {
    const [segments, height, width, channels] = x.shape;
    const rows = height * width;
    sumSegments(ctx, "global_average_pool2d", x, y!, { segments, rows, channels }, 1 / rows);
  },
  vjp(g, dy, { inputs: [x] }) {
    return [() => g.apply(globalAveragePool2dGrad, [dy], { inputShape: x.shape })[0]];
  },
});

/** ∂loss/∂x [n, h, w, c] of a global average pooling: dy [n, c] / (h·w) at every position. */
export const globalAveragePool2dGrad = defineOp<{ inputShape: Shape }>({
  name: "global_average_pool2d_grad",
  infer(inputs, { inputShape }) {
    expectInputs("global_average_pool2d_grad", inputs, 1);
    const dtype = expectFloat("global_average_pool2d_grad", "dy", inputs[0]);
    expectShape("global_average_pool2d_grad", "dy", inputs[0], [inputShape[0], inputShape[3]], dtype);
    return [specOf(inputShape, dtype)];
  },
  lower(ctx, [dy], [dx]) {
    const [segments, height, width, channels] = dx!.shape;
    const rows = height * width;
    broadcastSegments(ctx, "global_average_pool2d_grad", dy, dx!, { segments, rows, channels }, 1 / rows);
  },
});
