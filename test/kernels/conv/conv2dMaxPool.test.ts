import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2dMaxPool } from "../../../src/kernels/conv/conv2dMaxPool.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import type { MaxPool2dAttrs } from "../../../src/kernels/pool/maxPool2d.js";
import type { Op } from "../../../src/kernels/op.js";
import type { Conv2dAttrs } from "../../../src/kernels/conv/conv2d.js";
import type { ConvWindow } from "../../../src/kernels/conv/convolution.js";
import { sizeOf } from "../../../src/tensor.js";
import { activations } from "../../reference/activation.js";
import * as reference from "../../reference/conv2d.js";
import { maxPool2d, pooledShape } from "../../reference/maxPool2d.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const pool: MaxPool2dAttrs = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
const window: ConvWindow = { strides: [1, 1], pads: [1, 1, 1, 1] };

/** The op, always computed by one of its variants. */
function by(variant: string): Op<Conv2dAttrs> {
  return {
    ...conv2dMaxPool,
    lower(ctx, inputs, [y], attrs) {
      conv2dMaxPool.variants!(ctx.caps, inputs, [y!], attrs).get(variant)!(ctx, inputs, [y], attrs);
    },
  };
}

const shapes = [
  { x: [2, 8, 8, 8], filters: 32, bias: true, activation: "relu" },
  // A last row and column that no window covers, channels that make no fours.
  { x: [1, 9, 7, 6], filters: 5, bias: true, activation: "sigmoid" },
  { x: [3, 13, 2, 36], filters: 12, bias: false, activation: "relu" },
] as const;

const variants = ["f2 subgroup", "f4 subgroup", "f4 workgroup", "direct subgroup", "direct workgroup"];

describe.each(variants)("conv2d_max_pool by %s", (variant) => {
  const stored = shapes.flatMap((shape) => [false, true].map((float16) => ({ ...shape, float16 })));
  it.each(stored)(
    "of $x, $filters filters, agrees with the two references, float16: $float16",
    async (shape) => {
      const [x, kernel, b] = [
        uniformFloat16(1, [...shape.x]),
        uniform(2, [3, 3, shape.x[3], shape.filters]),
        uniform(3, [shape.filters]),
      ];
      const between = [...shape.x.slice(0, 3), shape.filters];
      const z = reference.conv2d(
        float64(x),
        x.shape,
        float64(kernel),
        kernel.shape,
        window.strides,
        window.pads,
        sizeOf(between),
      );
      const activate = activations[shape.activation];
      const activated = z.map((v, i) => activate(v + (shape.bias ? b.dataSync()[i % shape.filters] : 0)));
      const wanted = maxPool2d(activated, between, pool).y;
      const inputs = shape.bias ? [x, kernel, b] : [x, kernel];
      const attrs: Conv2dAttrs = { ...window, activation: shape.activation };
      const [y] = await runOp(device, by(variant), inputs, attrs, { float16: shape.float16 ? [0] : [] });
      expect(y.shape).toEqual(pooledShape(between, pool));
      const largest = wanted.reduce((most, value) => Math.max(most, value), 0);
      // Besides, what is stored as float16 loses half a place of eleven; the direct product stores what it pools, too.
      const bound = shape.float16 ? 2 ** -11 + 1e-5 : 5e-6;
      expectClose(y.dataSync(), wanted, { absolute: bound * largest });
    },
  );
});
