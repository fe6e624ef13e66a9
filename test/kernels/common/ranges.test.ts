import { expect, it } from "vitest";
import type { DeviceCaps } from "../../../src/kernels/op.js";
import { bindingRanges } from "../../../src/kernels/common/ranges.js";

const caps = (maxStorageBufferBindingSize: number) => ({ maxStorageBufferBindingSize }) as DeviceCaps;

it("leaves whole what fits", () => {
  expect(bindingRanges("op", caps(4000), 1000, [4])).toEqual([{ start: 0, count: 1000 }]);
});

it.each([
  { units: 1001, bytes: [4], limit: 1100 },
  { units: 50, bytes: [24, 12], limit: 4096 },
  { units: 7, bytes: [1024, 256, 512], limit: 3000 },
  { units: 999, bytes: [3, 12], limit: 9999 },
])("covers $units units of $bytes bytes in bindings of $limit bytes", ({ units, bytes, limit }) => {
  const ranges = bindingRanges("op", caps(limit), units, bytes);
  let next = 0;
  for (const { start, count } of ranges) {
    expect(start).toBe(next);
    for (const size of bytes) {
      expect((start * size) % 256).toBe(0);
      expect(count * size).toBeLessThanOrEqual(limit);
    }
    next += count;
  }
  expect(next).toBe(units);
});

it("says so where not even one aligned part fits", () => {
  expect(() => bindingRanges("op", caps(1000), 2, [1004])).toThrow(
    "op: 64 × 1004 bytes do not fit a storage binding of 1000 bytes",
  );
});
