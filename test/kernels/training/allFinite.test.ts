import { afterAll, beforeAll, expect, it } from "vitest";
import { allFinite } from "../../../src/kernels/training/allFinite.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { tensor, type Tensor } from "../../../src/tensor.js";
import { uniform } from "../../reference/random.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** A float32 by its bits: one NaN is not like the other, and arithmetic on the way might flush denormals. */
function fromBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

/** `x` with one element replaced, bit by bit. */
function withBits(x: Tensor<"float32">, at: number, bits: number): Tensor {
  const values = x.dataSync().slice();
  new Uint32Array(values.buffer)[at] = bits;
  return tensor(values, x.shape);
}

async function check(inputs: Tensor[], expected: boolean, caps = {}): Promise<void> {
  const [y] = await runOp(device, allFinite, inputs, {}, { caps });
  expect(y.shape).toEqual([]);
  expect([...y.dataSync()]).toEqual([Number(expected)]);
}

const finite = {
  largest: 0x7f7fffff,
  "negative largest": 0xff7fffff,
  "negative zero": 0x80000000,
  denormal: 1,
};
const notFinite = {
  "positive infinity": 0x7f800000,
  "negative infinity": 0xff800000,
  "quiet NaN": 0x7fc00000,
  "negative quiet NaN": 0xffc00001,
  "NaN of all ones": 0xffffffff,
  "smallest signalling NaN": 0x7f800001,
};

/** Both widths of elements; the last with several workgroups. */
const sizes = [{ shape: [1] }, { shape: [13] }, { shape: [33, 40] }];

it.each(sizes)("takes every finite value of $shape for finite", async ({ shape }) => {
  const x = uniform(1, shape);
  await check([x], true);
  for (const bits of Object.values(finite)) await check([withBits(x, x.size - 1, bits)], true);
});

it.each(Object.entries(notFinite))("finds a %s wherever it is", async (_, bits) => {
  expect(Number.isFinite(fromBits(bits))).toBe(false);
  for (const { shape } of sizes) {
    const x = uniform(2, shape);
    for (const at of new Set([0, x.size >> 1, x.size - 1])) await check([withBits(x, at, bits)], false);
  }
});

it("looks at all of its inputs", async () => {
  const inputs = [uniform(3, [5, 3]), uniform(4, [8]), uniform(5, [1])];
  await check(inputs, true);
  for (const i of inputs.keys())
    await check(
      inputs.map((x, k) => (k === i ? withBits(x, x.size - 1, notFinite["quiet NaN"]) : x)),
      false,
    );
});

it("walks what is larger than a binding", async () => {
  const x = uniform(6, [1001]);
  const caps = { maxStorageBufferBindingSize: 1024 };
  await check([x], true, caps);
  for (const at of [0, 255, 256, 1000])
    await check([withBits(x, at, notFinite["positive infinity"])], false, caps);
});

it("says what it needs", () => {
  expect(() => allFinite.infer([], {})).toThrow("all_finite: expected one or more inputs, got none");
  expect(() => allFinite.infer([uniform(1, [4]), tensor(new Uint8Array(4))], {})).toThrow(
    "all_finite: expected input 1 float32 (4,), got uint8 (4,)",
  );
});
