import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, specOf } from "../../../src/kernels/op.js";
import { gatherRows, gatherRowsGrad } from "../../../src/kernels/shape/gatherRows.js";
import { mulberry32 } from "../../../src/models/random.js";
import { sizeOf, tensor } from "../../../src/tensor.js";
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

/** After ops.take of keras/src/layers/core/embedding.py. */
function gather(table: Float64Array, indices: ArrayLike<number>, width: number): Float64Array {
  return Float64Array.from({ length: indices.length * width }, (_, i) => {
    return table[Math.trunc(indices[Math.floor(i / width)]) * width + (i % width)];
  });
}

function gatherGrad(
  dy: Float64Array,
  indices: ArrayLike<number>,
  [rows, width]: readonly number[],
): Float64Array {
  const sum = new Float64Array(rows * width);
  for (let k = 0; k < indices.length; k++)
    for (let c = 0; c < width; c++) sum[indices[k] * width + c] += dy[k * width + c];
  return sum;
}

const cases: { table: number[]; places: number[]; caps?: RunOptions["caps"] }[] = [
  { table: [7, 4], places: [2, 5] },
  { table: [5, 3], places: [9] },
  { table: [1, 1], places: [1, 1] },
  { table: [100, 16], places: [4, 33] },
  { table: [3, 6], places: [2, 3, 5] },
  // The result is larger than a binding, the table is not.
  { table: [20, 8], places: [500], caps: { maxStorageBufferBindingSize: 4096 } },
];

describe.each(cases)("rows of $table at $places", ({ table: shape, places, caps }) => {
  it.each([[[]], [[0]]])("and their gradient, of float16 inputs %j", async (float16) => {
    const draw = float16.length > 0 ? uniformFloat16 : uniform;
    const next = mulberry32(4);
    const numbers = Float32Array.from({ length: sizeOf(places) }, () => Math.floor(shape[0] * next()));
    const [table, indices] = [draw(1, shape), tensor(numbers, places)];
    const [y] = await runOp(device, gatherRows, [table, indices], {}, { caps, float16 });
    expect(y.shape).toEqual([...places, shape[1]]);
    expect(y.dataSync()).toEqual(Float32Array.from(gather(float64(table), numbers, shape[1])));
    // dy is bound whole.
    if (caps) return;
    const dy = draw(2, y.shape);
    const options = { float16, needs: [true, false] };
    const [dTable] = await gradOp(device, gatherRows, [table, indices], {}, dy, options);
    const relative = float16.length > 0 ? 2 ** -10 : 1e-6;
    expectClose(dTable!.dataSync(), gatherGrad(float64(dy), numbers, shape), { relative, absolute: 1e-5 });
  });
});

it("the reference gradient is that of finite differences", () => {
  const [shape, numbers] = [
    [4, 3],
    [1, 3, 3, 0, 1, 1],
  ];
  const [table, dy] = [float64(uniform(1, shape)), float64(uniform(2, [6, 3]))];
  const numeric = finiteDifference((at) => gather(at, numbers, 3), table, dy);
  expectClose(gatherGrad(dy, numbers, shape), numeric, { absolute: 1e-9 });
});

it("cuts off fractions, and gives NaN for a number that there is no row for", async () => {
  const table = tensor(Float32Array.from([1, 2, 3]), [3, 1]);
  const indices = tensor(Float32Array.from([0.9, 2.5, -0.5, 3, -1, 1e9, NaN]), [7]);
  const [y] = await runOp(device, gatherRows, [table, indices], {});
  expect([...y.dataSync()]).toEqual([1, 3, 1, NaN, NaN, NaN, NaN]);
});

it("stores what it finds as float16 where it is asked to", async () => {
  const table = tensor(Float32Array.from([0.1, 70000]), [2, 1]);
  const indices = tensor(Float32Array.from([0, 1]), [2]);
  const [y] = await runOp(device, gatherRows, [table, indices], { dtype: "float16" });
  expect([...y.dataSync()]).toEqual([0.0999755859375, Infinity]);
});

it("says what it needs", () => {
  expect(() => gatherRows.infer([float32(2, 3, 4), float32(2)], {})).toThrow("table of rank 2");
  expect(() => gatherRows.infer([float32(2, 3), specOf([2], "uint8")], {})).toThrow(
    "indices of type float32 or float16",
  );
  const attrs = { rows: 2, dtype: "float32" } as const;
  expect(() => gatherRowsGrad.infer([float32(2, 3), float32(3)], attrs)).toThrow("dy float32 (3, 3)");
});
