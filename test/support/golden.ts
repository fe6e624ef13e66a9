/** Numbers that real Keras 3.15.1 printed: `<name>.json` says where in `<name>.bin` each tensor lies. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { tensor, type Tensor } from "../../src/tensor.js";

interface GoldenFile {
  readonly tensors: Record<string, { shape: number[]; offset: number; length: number }>;
  readonly [key: string]: unknown;
}

export interface Golden {
  /** Figures beside the tensors: losses, histories, configurations. */
  readonly json: Readonly<Record<string, unknown>>;
  tensor(name: string): Tensor<"float32">;
}

/** The path of a file of test/golden. */
export function goldenPath(name: string): string {
  return new URL(`../golden/${name}`, import.meta.url).pathname;
}

export function loadGolden(name: string): Golden {
  const json = JSON.parse(readFileSync(goldenPath(`${name}.json`), "utf8")) as GoldenFile;
  const bytes = readFileSync(goldenPath(`${name}.bin`));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return {
    json,
    tensor(key) {
      const entry = json.tensors[key];
      if (!entry) throw new Error(`golden ${name} has no tensor ${key}`);
      return tensor(values.slice(entry.offset, entry.offset + entry.length), entry.shape);
    },
  };
}

/** Asserts that every value is within `share` of the largest expected one (of 1 where all are 0); one that is no number never is. */
export function expectWithin(actual: Tensor, expected: Tensor, share: number): void {
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  expect(a.length).toBe(b.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    // Math.max keeps a NaN that it has met; a comparison forgets it.
    worst = Math.max(worst, Math.abs(a[i] - b[i]));
    largest = Math.max(largest, Math.abs(b[i]));
  }
  expect(worst / (largest || 1)).toBeLessThanOrEqual(share);
}
