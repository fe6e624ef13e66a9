import broadcastSource from "../../wgsl/broadcast_strided.wgsl";
import linearIndex from "../../wgsl/common/linear_index.wgsl";
import type { Shape } from "../tensor.js";
import { expectInputs, expectRank, expectShape } from "./expect.js";
import { elementPrelude, elementType, lanesOf, launchUnits } from "./launchUnits.js";
import type { NoAttrs } from "./noAttrs.js";
import { defineOp, float32, type Kernel } from "./op.js";
import { sumSegments } from "./sumRows.js";

const broadcastKernel: Kernel = {
  name: "broadcast_strided",
  source: linearIndex + broadcastSource,
  access: ["read_write", "read"],
};

/** y [n, c]: the mean of x [n, h, w, c] over h and w. */
export const globalAveragePool2d = defineOp<NoAttrs>({
  name: "global_average_pool2d",
  infer(inputs) {
    expectInputs("global_average_pool2d", inputs, 1);
    expectRank("global_average_pool2d", "x", inputs[0], 4);
    return [float32(inputs[0].shape[0], inputs[0].shape[3])];
  },
  lower(ctx, [x], [y]) {
    const [segments, height, width, channels] = x.shape;
    const rows = height * width;
    sumSegments(ctx, "global_average_pool2d", x, y!, { segments, rows, channels }, 1 / rows);
  },
  vjp(g, dy, { inputs: [x] }) {
    return g.apply(globalAveragePool2dGrad, [dy], { inputShape: x.shape });
  },
});

/** ∂loss/∂x [n, h, w, c] of a global average pooling: dy [n, c] / (h·w) at every position. */
export const globalAveragePool2dGrad = defineOp<{ inputShape: Shape }>({
  name: "global_average_pool2d_grad",
  infer(inputs, { inputShape }) {
    expectInputs("global_average_pool2d_grad", inputs, 1);
    expectShape("global_average_pool2d_grad", "dy", inputs[0], [inputShape[0], inputShape[3]]);
    return [float32(...inputShape)];
  },
  lower(ctx, [dy], [dx]) {
    const [batch, height, width, channels] = dx!.shape;
    const type = elementType(channels);
    const lanes = lanesOf(type);
    const segment = (height * width * channels) / lanes;
    launchUnits(ctx, {
      op: "global_average_pool2d_grad",
      kernel: broadcastKernel,
      units: batch,
      walked: [dx!, dy],
      prelude: elementPrelude(type),
      constants: { segment_in: channels / lanes, segment_out: segment, factor: 1 / (height * width) },
      invocationsPerUnit: segment,
    });
  },
});
