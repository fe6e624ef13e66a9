import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32 } from "../../../src/kernels/op.js";
import { concat } from "../../../src/kernels/shape/concat.js";
import { padAxis, slice } from "../../../src/kernels/shape/slice.js";
import type { Shape } from "../../../src/tensor.js";
import * as reference from "../../reference/concat.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const cases: { shapes: Shape[]; axis: number; caps?: RunOptions["caps"] }[] = [
  {
    shapes: [
      [2, 5, 4, 3],
      [2, 5, 4, 2],
    ],
    axis: 3,
  },
  {
    shapes: [
      [2, 5, 4, 8],
      [2, 5, 4, 4],
      [2, 5, 4, 12],
    ],
    axis: 3,
  },
  // The second begins at a multiple of four, the third does not.
  {
    shapes: [
      [3, 4],
      [3, 6],
      [3, 4],
    ],
    axis: 1,
  },
  {
    shapes: [
      [2, 5, 4, 3],
      [2, 3, 4, 3],
    ],
    axis: 1,
  },
  {
    shapes: [
      [2, 5, 4, 3],
      [1, 5, 4, 3],
    ],
    axis: 0,
  },
  { shapes: [[7]], axis: 0 },
  {
    shapes: [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    axis: 1,
  },
  {
    shapes: [
      [8, 4, 4, 8],
      [8, 4, 4, 16],
    ],
    axis: 3,
    caps: { maxStorageBufferBindingSize: 4096 },
  },
];

describe.each(cases)("concat of $shapes along $axis", ({ shapes, axis, caps }) => {
  it.each([
    { type: "float32", draw: uniform },
    { type: "float16", draw: uniformFloat16 },
  ])("changes no bit, and neither does its gradient: $type", async ({ type, draw }) => {
    const inputs = shapes.map((shape, i) => draw(i, shape));
    const options = { caps, float16: type === "float16" ? inputs.map((_, i) => i) : [] };
    const [y] = await runOp(device, concat, inputs, { axis }, options);
    const expected = reference.concat(
      inputs.map((x) => [float64(x), x.shape]),
      axis,
    );
    expect(y.dataSync()).toEqual(Float32Array.from(expected));

    const dy = draw(9, y.shape);
    const grads = await gradOp(device, concat, inputs, { axis }, dy, options);
    let start = 0;
    shapes.forEach((shape, i) => {
      const own = reference.slice(float64(dy), y.shape, axis, start, shape[axis]);
      expect(grads[i]!.shape).toEqual(shape);
      expect(grads[i]!.dataSync()).toEqual(Float32Array.from(own));
      start += shape[axis];
    });
  });
});

describe.each([
  { shape: [2, 5, 4, 3], axis: 1, start: 1, size: 3 },
  { shape: [2, 5, 3, 16], axis: 3, start: 4, size: 8 },
  { shape: [2, 3, 7], axis: 2, start: 6, size: 1 },
  { shape: [6, 3], axis: 0, start: 0, size: 6 },
  { shape: [9], axis: 0, start: 2, size: 4 },
])("slice of $shape along $axis from $start, $size", ({ shape, ...attrs }) => {
  const { axis, start, size } = attrs;
  const x = uniform(1, shape);
  const sliced = reference.slice(float64(x), shape, axis, start, size);
  const surroundings = { axis, before: start, after: shape[axis] - start - size };

  it("has zeros around it for a gradient, and pad_axis a slice", async () => {
    const [y] = await runOp(device, slice, [x], attrs);
    expect(y.dataSync()).toEqual(Float32Array.from(sliced));
    const dy = uniform(2, y.shape);
    const [dx] = await gradOp(device, slice, [x], attrs, dy);
    expect(dx!.shape).toEqual(shape);
    const back = reference.slice(float64(dx!), shape, axis, start, size);
    expect(Float32Array.from(back)).toEqual(dy.dataSync());
    expect(dx!.dataSync().filter((value) => value !== 0)).toHaveLength(dy.size);
    const [padded] = await runOp(device, padAxis, [dy], surroundings);
    expect(padded.dataSync()).toEqual(dx!.dataSync());
    const [again] = await gradOp(device, padAxis, [dy], surroundings, x);
    expect(again!.dataSync()).toEqual(y.dataSync());
  });
});

it("the reference gradient is that of finite differences", () => {
  const [a, b] = [float64(uniform(1, [2, 3])), float64(uniform(2, [2, 2]))];
  const dy = float64(uniform(3, [2, 5]));
  const f = (at: Float64Array) =>
    reference.concat(
      [
        [a, [2, 3]],
        [at, [2, 2]],
      ],
      1,
    );
  expectClose(reference.slice(dy, [2, 5], 1, 3, 2), finiteDifference(f, b, dy), { absolute: 1e-9 });
});

it("gives gradients only where they are needed", async () => {
  const inputs = [uniform(1, [2, 3]), uniform(2, [2, 4])];
  const grads = await gradOp(device, concat, inputs, { axis: 1 }, uniform(3, [2, 7]), {
    needs: [false, true],
  });
  expect(grads.map((grad) => grad?.shape)).toEqual([undefined, [2, 4]]);
});

it("says what it needs", () => {
  const infer = (axis: number, ...shapes: number[][]) =>
    concat.infer(
      shapes.map((shape) => float32(...shape)),
      { axis },
    );
  expect(() => infer(1, [2, 3], [3, 3])).toThrow(
    "concat: expected input 1 as float32 (2, 3), but for axis 1, got float32 (3, 3)",
  );
  expect(() => infer(2, [2, 3])).toThrow("concat: expected an axis of (2, 3), got 2");
  expect(() => infer(0)).toThrow("concat: expected at least one input, got none");
  expect(() => slice.infer([float32(2, 3)], { axis: 1, start: 2, size: 2 })).toThrow(
    "slice: expected places within the 3 of axis 1, got 2 to 4",
  );
  expect(() => padAxis.infer([float32(2, 3)], { axis: 1, before: -1, after: 2 })).toThrow(
    "pad_axis: expected whole numbers ≥ 0 of zeros, got -1 and 2",
  );
});
