import { expect } from "vitest";
import type { Tensor } from "../../src/tensor.js";

/** How far a float32 result may be from its float64 reference: absolute + relative · |reference|. */
export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

/** Asserts that all values agree, and reports the worst that does not. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 2e-6, absolute = 1e-6 }: Tolerance = {},
): void {
  expect(actual.length).toBe(expected.length);
  let worst = -1;
  let worstRatio = 1;
  for (let i = 0; i < expected.length; i++) {
    const ratio = Math.abs(actual[i] - expected[i]) / (absolute + relative * Math.abs(expected[i]));
    // Written so that NaN fails, too.
    if (!(ratio <= worstRatio)) {
      worst = i;
      worstRatio = Number.isNaN(ratio) ? Infinity : ratio;
    }
  }
  if (worst >= 0) {
    expect.fail(
      `value ${worst}: expected ${expected[worst]}, got ${actual[worst]} (${worstRatio} × the tolerance)`,
    );
  }
}

/** A tensor's values in float64, for the references. */
export function float64(tensor: Tensor): Float64Array {
  return Float64Array.from(tensor.dataSync());
}
