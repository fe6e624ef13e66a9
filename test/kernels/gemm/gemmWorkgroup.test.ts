/** The tiles of the matrix product through workgroup memory. */
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
  const tileOf = (rows: number, columns: number, depth: number, { bytes = memory, parts = 1 } = {}) => {
    const caps = { ...testCaps, maxComputeWorkgroupStorageSize: bytes };
    const product = { rows, columns, depth, ...(parts > 1 && { parts }) };
    const tile = workgroupTile(caps, product);
    return [tile.rows, tile.columns, tile.splits];
  };

  it("takes the largest that keeps the adapter busy, else cuts sums into parts", () => {
    expect(tileOf(450_000, 512, 4608)).toEqual([128, 128, 1]);
    expect(tileOf(8192, 512, 2304)).toEqual([128, 64, 1]);
    expect(tileOf(8192, 256, 2304)).toEqual([64, 64, 1]);
    expect(tileOf(4096, 256, 2304)).toEqual([64, 64, 2]);
    expect(tileOf(500, 512, 512)).toEqual([32, 32, 2]);
    expect(tileOf(20, 256, 8192)).toEqual([32, 32, 64]);
    // The products of F(4×4, 3×3), of 20 images of 18 × 18: parts already.
    expect(tileOf(500, 512, 36 * 512, { parts: 36 })).toEqual([128, 128, 1]);
  });

  it("leaves parts of a few steps alone, and parts that would fill the memory", () => {
    expect(tileOf(64, 64, 255)).toEqual([32, 32, 1]);
    expect(tileOf(64, 64, 256)).toEqual([32, 32, 2]);
    expect(tileOf(9000, 4096, 100_000)[2]).toBe(1);
  });

  it("does not compute much beyond the matrix", () => {
    expect(tileOf(450_000, 64, 576)).toEqual([128, 64, 1]);
    expect(tileOf(450_000, 192, 1728)).toEqual([128, 64, 1]);
    expect(tileOf(64, 65_536, 576)).toEqual([64, 64, 1]);
  });

  it("stays within the workgroup memory", () => {
    expect(tileOf(450_000, 512, 4608, { bytes: 16_896 })).toEqual([128, 128, 1]);
    expect(tileOf(450_000, 512, 4608, { bytes: 16_384 })).toEqual([128, 64, 1]);
    expect(tileOf(450_000, 512, 4608, { bytes: 8_704 })).toEqual([64, 64, 1]);
  });
});

describe("matMul by tiles of every size", () => {
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
  const caps = { subgroupSize: 0, maxComputeWorkgroupStorageSize: memory, busyWorkgroups: 128 };

  /** Invocations of a workgroup on a side, and the quads of rows and of columns that each keeps, in what is launched. */
  function tileOf({ m, k, n, transposeA = false, transposeB = false }: Case): number[] {
    const operand = (slot: number, ...shape: number[]): Operand => ({ slot, ...float32(...shape) });
    const [a, b] = [
      operand(0, ...(transposeA ? [k, m] : [m, k])),
      operand(1, ...(transposeB ? [n, k] : [k, n])),
    ];
    const attrs = { transposeA, transposeB, activation: "linear" as const };
    const { ctx, launches } = recordLaunches({ ...testCaps, ...caps });
    matMul.lower!(ctx, [a, b], [operand(2, m, n)], attrs);
    const prelude = launches[0].prelude!;
    return ["side", "row_quads", "column_quads"].map((name) => {
      return Number(new RegExp(`const ${name} = (\\d+)u`).exec(prelude)![1]);
    });
  }

  // Rows and columns that neither tile divides; steps that end within a panel. Four at a time along either axis of either
  // operand, then one at a time.
  const large = { m: 1300, k: 20, n: 1790 };
  const odd = { m: 1301, k: 17, n: 1783 };
  const [none, a, b] = [{}, { transposeA: true }, { transposeB: true }];
  const small = { m: 44, k: 36, n: 68 };
  const tall = { m: 16_308, k: 36, n: 60 };
  const cases: [Case, number[]][] = [
    ...[none, a, b, { ...a, ...b }].map((options): [Case, number[]] => [
      { ...large, ...options },
      [16, 2, 2],
    ]),
    ...[none, { ...a, ...b }].map((options): [Case, number[]] => [{ ...odd, ...options }, [16, 2, 2]]),
    [{ ...large, halves: true }, [16, 2, 2]],
    [tall, [16, 2, 1]],
    [{ ...tall, ...a, ...b }, [16, 2, 1]],
    [{ m: 16_307, k: 5, n: 61 }, [16, 2, 1]],
    ...[none, { ...a, ...b }].map((options): [Case, number[]] => [{ ...small, ...options }, [8, 1, 1]]),
    [{ m: 41, k: 19, n: 67 }, [8, 1, 1]],
  ];
  it.each(cases)("%o", async (c, tile) => {
    const { m, k, n, transposeA = false, transposeB = false, halves = false } = c;
    expect(tileOf(c)).toEqual(tile);
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
