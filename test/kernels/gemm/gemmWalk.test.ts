/** Positions in k by additions with carries, as wgsl/gemm/gemm_panels.wgsl makes them, against divisions. */
import { describe, expect, it } from "vitest";
import type { Walk } from "../../../src/kernels/gemm/gemmProblem.js";
import { exactDivision, walkParamsOf } from "../../../src/kernels/gemm/gemmWalk.js";

const layout = (stride: number, fours = false) => ({ contiguousInK: false, fours, stride });
const u32 = (value: number) => value >>> 0;

/** Digits and addresses of step k, by division. */
function digitsAt(k: number, runLength: number, { innerRuns, units, a, b }: Walk, strides: [number, number]) {
  const [step, run] = [k % runLength, Math.floor(k / runLength)];
  const [inner, outer] = [run % innerRuns, Math.floor(run / innerRuns)];
  const address = (stride: number, runs: Walk["a"]) =>
    u32(step * stride + inner * runs.inner + outer * runs.outer);
  return {
    step: step * (units?.step ?? 1),
    inner: inner * (units?.inner ?? 1),
    outer: outer * (units?.outer ?? 1),
    a: address(strides[0], a),
    b: address(strides[1], b),
  };
}

describe("walkParamsOf", () => {
  const shapes = [1, 2, 3, 5, 7, 14, 15, 16, 17, 31, 32, 64, 100].flatMap((runLength) =>
    [1, 2, 3, 7, 20].map((innerRuns) => ({ runLength, innerRuns })),
  );

  it.each([16, 32])("leads from panel to panel of %i steps, wherever in a panel", (depth) => {
    for (const { runLength, innerRuns } of shapes) {
      const walk: Walk = {
        innerRuns,
        units: { step: 2, inner: 3, outer: 5 },
        // As of a convolution: the next run may begin before the end of the last one, or far behind it.
        a: { inner: 2 * runLength - 5, outer: 1000 },
        b: { inner: runLength * 7, outer: innerRuns * runLength * 7 },
      };
      const p = walkParamsOf({ runLength, layout: { a: layout(1), b: layout(7) }, walk }, depth);
      expect([p.b_step_carry, p.b_inner_carry]).toEqual([0, 0]);
      for (const first of [0, 1, depth - 1, 3 * depth]) {
        let at = digitsAt(first, runLength, walk, [1, 7]);
        for (let k = first + depth; k < first + 12 * depth; k += depth) {
          const step = at.step + p.step_advance;
          const carriesStep = Number(step >= p.step_end);
          const inner = at.inner + p.inner_advance + carriesStep * p.inner_unit;
          const carriesInner = Number(inner >= p.inner_end);
          at = {
            step: step - carriesStep * p.step_end,
            inner: inner - carriesInner * p.inner_end,
            outer: at.outer + p.outer_advance + carriesInner * p.outer_unit,
            a: u32(at.a + p.a_advance + carriesStep * p.a_step_carry + carriesInner * p.a_inner_carry),
            b: u32(at.b + p.b_advance),
          };
          expect(at, `${runLength} ${innerRuns} ${k}`).toEqual(digitsAt(k, runLength, walk, [1, 7]));
        }
      }
    }
  });

  it("counts addresses of b in fours where loads bring four", () => {
    const walk: Walk = { innerRuns: 3, a: { inner: 0, outer: 0 }, b: { inner: 80, outer: 240 } };
    const p = walkParamsOf({ runLength: 8, layout: { a: layout(1), b: layout(1, true) }, walk }, 16);
    // Two runs on; from the third run to the next three, and so on.
    expect([p.b_advance, p.b_step_carry, p.b_inner_carry]).toEqual([40, 18, 0]);
  });
});

describe("exactDivision", () => {
  /** As conv2d_backprop_input_operands.wgsl divides. */
  function divided(n: number, divisor: number): number {
    const { inverse, shift } = exactDivision(divisor);
    const odd = Math.imul(n, inverse) >>> 0;
    return shift === 0 ? odd : ((odd >>> shift) | (odd << (32 - shift))) >>> 0;
  }

  it("divides multiples, and makes all else larger than any quotient", () => {
    for (let divisor = 1; divisor <= 48; divisor++) {
      const most = Math.floor((2 ** 32 - 1) / divisor);
      for (let n = -100; n <= 1000; n++) {
        const quotient = divided(n, divisor);
        if (n >= 0 && n % divisor === 0) expect(quotient).toBe(n / divisor);
        else if (n >= 0) expect(quotient).toBeGreaterThan(most);
        // Below zero, no quotient is a coordinate.
        else expect(quotient).toBeGreaterThan(2 ** 26);
      }
    }
  });
});
