import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { recordScalars } from "../../../src/kernels/training/record.js";
import { tensor } from "../../../src/tensor.js";
import { createTestDevice, runMutating } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const scalars = [1, 2, 3, 4, 5, 6, 7].map((value) => tensor([value / 4], []));

it.each([1, 2, 5, 6])("keeps %d scalars in the step's row of the ring", async (k) => {
  const ring = tensor(new Float32Array(3 * k).fill(-1), [3, k]);
  const step = tensor(new Uint32Array([7]), [1]);
  const [after] = await runMutating(device, recordScalars, [ring, step, ...scalars.slice(0, k)], {});
  const row = scalars.slice(0, k).map((s) => s.dataSync()[0]);
  const untouched = Array<number>(k).fill(-1);
  expect([...after.dataSync()]).toEqual([...untouched, ...row, ...untouched]);
});

it("refuses more than it can bind, and a ring of another width", () => {
  const step = tensor(new Uint32Array(1), [1]);
  expect(() => recordScalars.infer([tensor(new Float32Array(7), [1, 7]), step, ...scalars], {})).toThrow(
    "record_scalars: expected 1 to 6 scalars, got 7",
  );
  expect(() => recordScalars.infer([tensor(new Float32Array(4), [2, 2]), step, scalars[0]], {})).toThrow(
    "record_scalars: expected ring float32 (2, 1), got float32 (2, 2)",
  );
});
