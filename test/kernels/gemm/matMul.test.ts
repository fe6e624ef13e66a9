import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, type Launch, type Operand } from "../../../src/kernels/op.js";
import { tensor, type Shape } from "../../../src/tensor.js";
import { activationDerivatives, activations, type Activation } from "../../reference/activation.js";
import * as reference from "../../reference/matMul.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches } from "../../support/lowering.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";
import { gemmVariants } from "../variants.js";

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
  activation?: Activation;
  bias?: boolean;
}

const cases: Case[] = [
  { m: 1, k: 1, n: 1 },
  { m: 20, k: 256, n: 1, bias: true },
  { m: 33, k: 17, n: 45, activation: "relu", bias: true },
  { m: 33, k: 17, n: 45, transposeA: true, bias: true },
  { m: 33, k: 17, n: 45, transposeB: true, activation: "relu6" },
  { m: 5, k: 40, n: 1, activation: "sigmoid", bias: true },
  { m: 33, k: 17, n: 45, transposeA: true, transposeB: true },
  { m: 3, k: 2000, n: 70, activation: "relu", bias: true },
  { m: 20, k: 8192, n: 256, activation: "relu", bias: true },
  { m: 130, k: 3, n: 65, bias: true },
];

function describeCase({ m, k, n, transposeA, transposeB, activation, bias }: Case): string {
  const options = [transposeA && "aᵀ", transposeB && "bᵀ", activation, bias && "bias"];
  return [`${m}×${k}×${n}`, ...options.filter(Boolean)].join(", ");
}

function makeCase(c: Case) {
  const { m, k, n, transposeA = false, transposeB = false, activation = "linear" } = c;
  const a = uniform(1, transposeA ? [k, m] : [m, k]);
  const b = uniform(2, transposeB ? [n, k] : [k, n]);
  const bias = uniform(3, [n]);
  const z = reference
    .matMul(float64(a), float64(b), c, c)
    .map((v, i) => v + (c.bias ? bias.dataSync()[i % n] : 0));
  const attrs = { transposeA, transposeB, activation };
  // Rounding errors of a sum grow with the root of its terms.
  const tolerance = { relative: 1e-5, absolute: 1e-6 * Math.sqrt(k) * 4 };
  return { inputs: c.bias ? [a, b, bias] : [a, b], attrs, z, tolerance };
}

/** Gradients with respect to a and b as they are stored. */
function referenceGrad(a: Float64Array, b: Float64Array, dz: Float64Array, c: Case) {
  const { m, k, n, transposeA, transposeB } = c;
  const da = reference.matMul(dz, b, { m, k: n, n: k }, { transposeB: !transposeB });
  const db = reference.matMul(a, dz, { m: k, k: m, n }, { transposeA: !transposeA });
  return {
    da: transposeA ? reference.transpose(da, m, k) : da,
    db: transposeB ? reference.transpose(db, k, n) : db,
  };
}

describe.each(gemmVariants)("matMul, %s variant", (_name, caps) => {
  it.each(cases.map((c) => [describeCase(c), c] as const))("%s", async (_, c) => {
    const { inputs, attrs, z, tolerance } = makeCase(c);
    const [y] = await runOp(device, matMul, inputs, attrs, { caps });
    expect(y.shape).toEqual([c.m, c.n]);
    expectClose(y.dataSync(), z.map(activations[attrs.activation]), tolerance);
  });

  it.each(cases.map((c) => [describeCase(c), c] as const))("gradients: %s", async (_, c) => {
    const { inputs, attrs, z } = makeCase(c);
    const dy = uniform(4, [c.m, c.n]);
    const y = z.map(activations[attrs.activation]);
    const dz = float64(dy).map((v, i) => v * activationDerivatives[attrs.activation](y[i]));
    const { da, db } = referenceGrad(float64(inputs[0]), float64(inputs[1]), dz, c);
    const grads = await gradOp(device, matMul, inputs, attrs, dy, { caps });
    expectClose(grads[0]!.dataSync(), da, { relative: 1e-5, absolute: 4e-6 * Math.sqrt(c.n) });
    expectClose(grads[1]!.dataSync(), db, { relative: 1e-5, absolute: 4e-6 * Math.sqrt(c.m) });
    if (c.bias) {
      const dbias = new Float64Array(c.n);
      dz.forEach((v, i) => (dbias[i % c.n] += v));
      expectClose(grads[2]!.dataSync(), dbias, { absolute: 1e-5 });
    }
  });

  it.each([
    { m: 5, k: 300, n: 70, bias: true, activation: "relu" },
    { m: 70, k: 300, n: 66, bias: true, transposeB: true },
    { m: 200, k: 150, n: 64, transposeA: true, bias: true },
    { m: 300, k: 20, n: 70, activation: "relu" },
  ] as Case[])("binds operands beyond the limit in parts: $m×$k×$n", async (c) => {
    const { inputs, attrs, z, tolerance } = makeCase(c);
    const tight = { ...caps, maxStorageBufferBindingSize: 4 * c.k * c.m > 50_000 ? 130_000 : 40_000 };
    const [y] = await runOp(device, matMul, inputs, attrs, { caps: tight });
    expectClose(y.dataSync(), z.map(activations[attrs.activation]), tolerance);
  });

  it("is the same on every run", async () => {
    const { inputs, attrs } = makeCase({ m: 20, k: 4096, n: 3, bias: true });
    const runs = [1, 2].map(() => runOp(device, matMul, inputs, attrs, { caps }));
    const [[first], [second]] = await Promise.all(runs);
    expect(first.dataSync()).toEqual(second.dataSync());
  });
});

describe("the reference gradients", () => {
  it.each([
    { m: 3, k: 4, n: 5 },
    { m: 3, k: 4, n: 5, transposeA: true },
    { m: 3, k: 4, n: 5, transposeB: true },
    { m: 3, k: 4, n: 5, transposeA: true, transposeB: true },
  ] as Case[])("agree with finite differences: %o", (c) => {
    const { inputs } = makeCase(c);
    const [a, b] = inputs.map(float64);
    const dy = float64(uniform(4, [c.m, c.n]));
    const { da, db } = referenceGrad(a, b, dy, c);
    const exact = { absolute: 1e-8, relative: 1e-8 };
    expectClose(
      finiteDifference((v) => reference.matMul(v, b, c, c), a, dy),
      da,
      exact,
    );
    expectClose(
      finiteDifference((v) => reference.matMul(a, v, c, c), b, dy),
      db,
      exact,
    );
  });
});

describe("matMul's launches", () => {
  const attrs = { transposeA: false, transposeB: false, activation: "relu" } as const;

  function launches(shapes: Shape[], caps = testCaps): readonly Launch[] {
    const operands = shapes.map((shape, slot): Operand => ({ ...float32(...shape), slot }));
    const { ctx, launches: found } = recordLaunches(caps);
    matMul.lower!(ctx, operands.slice(0, -1), operands.slice(-1), attrs);
    return found;
  }

  it("binds fc1 of VGG16 in parts that fit, bias and activation in the last", () => {
    const caps = { ...testCaps, software: true, subgroupSize: 8, busyWorkgroups: 8 };
    const parts = launches([[1, 25088], [25088, 4096], [4096], [1, 4096]], caps);
    expect(parts.length).toBe(4);
    for (const { args } of parts) {
      for (const arg of args) {
        expect((arg.byteOffset ?? 0) % 256).toBe(0);
        expect(arg.byteLength).toBeLessThanOrEqual(caps.maxStorageBufferBindingSize);
      }
    }
    expect(parts.map((p) => p.constants!.has_bias)).toEqual([0, 0, 0, 1]);
    expect(parts.map((p) => p.constants!.activation)).toEqual([0, 0, 0, 1]);
    expect(parts.map((p) => p.constants!.accumulate)).toEqual([0, 1, 1, 1]);
  });

  it("divides long sums where the matrix is small", () => {
    const [product, reduce] = launches([[20, 8192], [8192, 256], [256], [20, 256]]);
    expect(product.params!.splits).toBeGreaterThan(1);
    expect(reduce.kernel.name).toBe("gemm_reduce");
  });
});

describe("matMul's shapes", () => {
  it("says what does not fit", () => {
    const attrs = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const infer = (...shapes: number[][]) =>
      matMul.infer(
        shapes.map((s) => float32(...s)),
        attrs,
      );
    expect(infer([2, 3], [3, 4])[0].shape).toEqual([2, 4]);
    expect(() => infer([2, 3], [2, 4])).toThrow("mat_mul: expected b with 3 for its k");
    expect(() => infer([2, 3], [3, 4], [3])).toThrow("mat_mul: expected bias");
    expect(() => infer([2, 3, 1], [3, 4])).toThrow("mat_mul: expected a of rank 2");
    expect(() => infer([2, 0], [0, 4])).toThrow("dimensions of at least 1");
  });

  it("refuses integers", () => {
    const attrs = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const integers = tensor(new Uint32Array(4), [2, 2]);
    expect(() => matMul.infer([integers, integers], attrs)).toThrow("type float32");
  });
});
