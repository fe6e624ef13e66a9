import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { dropout } from "../../../src/kernels/elementwise/dropout.js";
import { tensor } from "../../../src/tensor.js";
import { dropoutMask, philox4x32 } from "../../reference/philox.js";
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const stepOf = (step: number) => tensor(new Uint32Array([step]), [1]);
const ones = (n: number) => tensor(new Float32Array(n).fill(1), [n]);

// Known-answer vectors of the Random123 distribution, philox4x32-10.
it.each([
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
])("the reference Philox gives the published words for $counter", ({ counter, key, words }) => {
  expect(philox4x32(counter, key)).toEqual(words);
});

describe.each([
  { elements: 1003, step: 0, attrs: { rate: 0.5, seed: 0, node: 0 } },
  { elements: 512, step: 4294967295, attrs: { rate: 0.3, seed: Number.MAX_SAFE_INTEGER, node: 4294967295 } },
  { elements: 1, step: 7, attrs: { rate: 0.9, seed: 12345, node: 3 } },
  { elements: 64, step: 7, attrs: { rate: 0, seed: 12345, node: 3 } },
])("dropout of $elements elements, $attrs at step $step", ({ elements, step, attrs }) => {
  const mask = dropoutMask(elements, step, attrs);

  it("keeps exactly what the reference generator keeps", async () => {
    const [y] = await runOp(device, dropout, [ones(elements), stepOf(step)], attrs);
    expectClose(y.dataSync(), mask);
  });

  it("gives the gradient the same mask", async () => {
    const dy = uniform(1, [elements]);
    const [dx] = await gradOp(device, dropout, [ones(elements), stepOf(step)], attrs, dy);
    expectClose(
      dx!.dataSync(),
      mask.map((factor, i) => factor * dy.dataSync()[i]),
    );
  });
});

it("drops about the asked share, differently at every step, seed and node", async () => {
  const attrs = { rate: 0.25, seed: 1, node: 1 };
  const n = 20000;
  const run = async (step: number, other: Partial<typeof attrs>) =>
    (await runOp(device, dropout, [ones(n), stepOf(step)], { ...attrs, ...other }))[0].dataSync();
  const first = await run(1, {});
  const dropped = first.filter((y) => y === 0).length / n;
  // Five standard deviations of a binomial share.
  expect(Math.abs(dropped - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / n));
  for (const other of [await run(2, {}), await run(1, { seed: 2 }), await run(1, { node: 2 })]) {
    const both = other.filter((y, i) => y === 0 && first[i] === 0).length / n;
    expect(Math.abs(both - 0.0625)).toBeLessThan(5 * Math.sqrt((0.0625 * 0.9375) / n));
  }
});

it("gives the same mask where a tensor is walked in parts", async () => {
  const attrs = { rate: 0.5, seed: 9, node: 2 };
  const caps = { maxStorageBufferBindingSize: 512 };
  const [y] = await runOp(device, dropout, [ones(1001), stepOf(3)], attrs, { caps });
  expectClose(y.dataSync(), dropoutMask(1001, 3, attrs));
});

it("refuses a rate of 1 and a seed that is no whole number", () => {
  const inputs = [ones(4), stepOf(0)];
  expect(() => dropout.infer(inputs, { rate: 1, seed: 0, node: 0 })).toThrow("rate must be in [0, 1), got 1");
  expect(() => dropout.infer(inputs, { rate: 0.5, seed: -1, node: 0 })).toThrow(
    "seed must be a whole number",
  );
});
