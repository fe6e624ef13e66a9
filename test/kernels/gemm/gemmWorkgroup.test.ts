/** The larger tiles of the matrix product through workgroup memory; the tests of the ops have the smallest one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { workgroupTile } from "../../../src/kernels/gemm/gemmWorkgroup.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, type Operand } from "../../../src/kernels/op.js";
import * as reference from "../../reference/matMul.js";
import { uniform } from "../../reference/random.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches } from "../../support/lowering.js";
import { createTestDevice, runOp } from "../../support/run.js";

const memory = 32 * 1024;

describe("workgroupTile", () => {
  const sizeOf = (rows: number, columns: number, bytes = memory, parts = 1) => {
    const caps = { ...testCaps, maxComputeWorkgroupStorageSize: bytes };
    const tile = workgroupTile(caps, { parts, rows, columns }, 128);
    return [tile.rows, tile.columns];
  };

  it("takes the largest that keeps the adapter busy", () => {
    expect(sizeOf(450_000, 512)).toEqual([128, 128]);
    expect(sizeOf(8192, 256)).toEqual([128, 128]);
    expect(sizeOf(8064, 256)).toEqual([128, 64]);
    expect(sizeOf(4096, 256)).toEqual([128, 64]);
    expect(sizeOf(3968, 256)).toEqual([64, 64]);
    expect(sizeOf(20, 256)).toEqual([64, 64]);
    // The products of F(4×4, 3×3), of 20 images of 18 × 18.
    expect(sizeOf(500, 512)).toEqual([64, 64]);
    expect(sizeOf(500, 512, memory, 36)).toEqual([128, 128]);
  });

  it("does not compute much beyond the matrix", () => {
    expect(sizeOf(450_000, 64)).toEqual([128, 64]);
    expect(sizeOf(450_000, 192)).toEqual([128, 64]);
    expect(sizeOf(64, 65_536)).toEqual([64, 64]);
    expect(sizeOf(450_000, 448)).toEqual([128, 128]);
  });

  it("stays within the workgroup memory", () => {
    expect(sizeOf(450_000, 512, 16_896)).toEqual([128, 128]);
    expect(sizeOf(450_000, 512, 16_384)).toEqual([128, 64]);
    expect(sizeOf(450_000, 512, 8_704)).toEqual([64, 64]);
  });
});

describe("matMul by larger tiles", () => {
  let device: Device;
  beforeAll(async () => {
    device = await createTestDevice();
  });
  afterAll(() => device.destroy());

  interface Case {
    m: number;
    k: number;
    n: number;
    transposeA?: boolean;
    transposeB?: boolean;
    halves?: boolean;
  }
  const caps = { subgroupSize: 0, maxComputeWorkgroupStorageSize: memory };

  /** Quads of rows and of columns that an invocation keeps, in what is launched. */
  function quadsOf({ m, k, n, transposeA = false, transposeB = false }: Case): number[] {
    const operand = (slot: number, ...shape: number[]): Operand => ({ slot, ...float32(...shape) });
    const [a, b] = [
      operand(0, ...(transposeA ? [k, m] : [m, k])),
      operand(1, ...(transposeB ? [n, k] : [k, n])),
    ];
    const attrs = { transposeA, transposeB, activation: "linear" as const };
    const { ctx, launches } = recordLaunches({ ...testCaps, ...caps });
    matMul.lower!(ctx, [a, b], [operand(2, m, n)], attrs);
    const prelude = launches[0].prelude!;
    return ["row", "column"].map((name) => Number(new RegExp(`${name}_quads = (\\d)u`).exec(prelude)![1]));
  }

  // Rows and columns that neither tile divides; steps that end within a panel. Four at a time along either axis of either
  // operand, then one at a time.
  const large = { m: 1300, k: 20, n: 1700 };
  const odd = { m: 1301, k: 17, n: 1703 };
  const [none, a, b] = [{}, { transposeA: true }, { transposeB: true }];
  const tall = { m: 16_308, k: 36, n: 60 };
  const cases: [Case, number[]][] = [
    ...[none, a, b, { ...a, ...b }].map((options): [Case, number[]] => [{ ...large, ...options }, [2, 2]]),
    ...[none, { ...a, ...b }].map((options): [Case, number[]] => [{ ...odd, ...options }, [2, 2]]),
    [{ ...large, halves: true }, [2, 2]],
    [tall, [2, 1]],
    [{ ...tall, ...a, ...b }, [2, 1]],
    [{ m: 16_307, k: 5, n: 61 }, [2, 1]],
  ];
  it.each(cases)("%o", async (c, quads) => {
    const { m, k, n, transposeA = false, transposeB = false, halves = false } = c;
    expect(quadsOf(c)).toEqual(quads);
    const x = uniform(1, transposeA ? [k, m] : [m, k]);
    const y = uniform(2, transposeB ? [n, k] : [k, n]);
    const bias = uniform(3, [n]);
    const expected = reference
      .matMul(float64(x), float64(y), c, c)
      .map((v, i) => Math.max(v + bias.dataSync()[i % n], 0));
    const attrs = { transposeA, transposeB, activation: "relu" as const };
    const [got] = await runOp(device, matMul, [x, y, bias], attrs, { caps, float16: halves ? [0] : [] });
    expectClose(got.dataSync(), expected, { absolute: halves ? 1e-2 : 1e-5 });
  });
});
