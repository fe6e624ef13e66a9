/** How the addresses of both operands follow k from panel to panel without a division: wgsl/gemm/gemm_panels.wgsl. */
import type { Gemm, RunStrides } from "./gemmProblem.js";

export const walkParams = [
  "step_unit",
  "inner_unit",
  "outer_unit",
  "inner_runs",
  "step_end",
  "inner_end",
  "step_advance",
  "inner_advance",
  "outer_advance",
  "a_inner_stride",
  "a_outer_stride",
  "a_advance",
  "a_step_carry",
  "a_inner_carry",
  "b_inner_stride",
  "b_outer_stride",
  "b_advance",
  "b_step_carry",
  "b_inner_carry",
] as const;

/** Values of `walkParams` for panels of `depth` steps, of which a load of b brings one or four. */
export function walkParamsOf(
  { runLength, layout, walk }: Pick<Gemm, "runLength" | "layout" | "walk">,
  depth: number,
): Record<(typeof walkParams)[number], number> {
  const { innerRuns, units: { step = 1, inner = 1, outer = 1 } = {} } = walk;
  const runs = Math.floor(depth / runLength);
  const digits = { step: depth % runLength, inner: runs % innerRuns, outer: Math.floor(runs / innerRuns) };
  const operand = (stride: number, strides: RunStrides, width = 1) => ({
    innerStride: strides.inner,
    outerStride: strides.outer,
    advance: (digits.step * stride + digits.inner * strides.inner + digits.outer * strides.outer) / width,
    stepCarry: modulo32((strides.inner - runLength * stride) / width),
    innerCarry: modulo32((strides.outer - innerRuns * strides.inner) / width),
  });
  const a = operand(layout.a.stride, walk.a);
  const b = operand(layout.b.stride, walk.b, layout.b.fours ? 4 : 1);
  return {
    step_unit: step,
    inner_unit: inner,
    outer_unit: outer,
    inner_runs: innerRuns,
    step_end: runLength * step,
    inner_end: innerRuns * inner,
    step_advance: digits.step * step,
    inner_advance: digits.inner * inner,
    outer_advance: digits.outer * outer,
    a_inner_stride: a.innerStride,
    a_outer_stride: a.outerStride,
    a_advance: a.advance,
    a_step_carry: a.stepCarry,
    a_inner_carry: a.innerCarry,
    b_inner_stride: b.innerStride,
    b_outer_stride: b.outerStride,
    b_advance: b.advance,
    b_step_carry: b.stepCarry,
    b_inner_carry: b.innerCarry,
  };
}

/** As a u32, whose sums wrap around. */
function modulo32(value: number): number {
  return value >>> 0;
}

/**
 * What divides by a whole number exactly, and finds out what it does not divide: the inverse of its odd part modulo 2³², and
 * the exponent of its power of two.
 */
export function exactDivision(divisor: number): { readonly inverse: number; readonly shift: number } {
  let [odd, shift] = [divisor, 0];
  while (odd % 2 === 0) [odd, shift] = [odd / 2, shift + 1];
  // Newton's iteration doubles the right bits: odd · odd is 1 modulo 8.
  let inverse = odd;
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return { inverse: inverse >>> 0, shift };
}
