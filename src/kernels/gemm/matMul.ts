import operands from "../../../wgsl/gemm/matmul_operands.wgsl";
import { shapeError, WgraftError } from "../../errors.js";
import { bytesOf, formatSpec, wholeWords, type FloatType, type TensorSpec } from "../../tensor.js";
import { throughActivation, type Activation } from "../elementwise/activation.js";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { launchCast } from "../shape/cast.js";
import { expectRank, expectShape, floatTypes } from "../common/expect.js";
import { gemmKernels, gemmKernelsOn, launchGemm } from "./gemm.js";
import type { GemmKernel } from "./gemmProblem.js";
import {
  defineOp,
  float32,
  sliceBytes,
  specOf,
  type Lower,
  type LowerContext,
  type Op,
  type Operand,
  type Value,
} from "../op.js";
import { bindingRanges, type Range } from "../common/ranges.js";

export interface MatMulAttrs {
  /** a is [k, m] instead of [m, k]. */
  readonly transposeA: boolean;
  /** b is [n, k] instead of [k, n]. */
  readonly transposeB: boolean;
  readonly activation: Activation;
  /** What the product is stored as. Default: a's type. */
  readonly dtype?: FloatType;
}

/** Shared by whatever multiplies matrices that exist; `runs` products side by side are kept apart as parts. */
export const matMulKernels = gemmKernels("matmul", operands, [
  "runs",
  "a_run_stride",
  "a_row_stride",
  "b_run_stride",
  "b_column_stride",
]);

/** Of a product that is one run: nothing follows it. */
const oneRun = { innerRuns: 1, a: { inner: 0, outer: 0 }, b: { inner: 0, outer: 0 } } as const;

/** By one kernel. */
const lowerBy =
  (kernel: GemmKernel): Lower<MatMulAttrs> =>
  (ctx, [a, b, bias], [y], { transposeA, transposeB, activation }) => {
    const { m, k } = matrixA(a, transposeA);
    const { n } = matrixB(b, transposeB);
    const ranges = (units: number, ...bytesPerUnit: number[]) =>
      bindingRanges("mat_mul", ctx.caps, units, bytesPerUnit);
    const whole = (count: number): Range[] => [{ start: 0, count }];
    const [bytesA, bytesB] = [bytesOf(a.dtype), bytesOf(b.dtype)];
    const strides = {
      a: transposeA ? { row: 1, k: m } : { row: k, k: 1 },
      b: transposeB ? { column: k, k: 1 } : { column: 1, k: n },
    };
    const depths = transposeB ? whole(k) : ranges(k, bytesB * strides.b.k, bytesA * strides.a.k);
    const total = depths.length > 1 && y!.dtype === "float16" ? ctx.scratch(float32(m, n)) : y!;
    const bytesY = bytesOf(total.dtype);
    for (const rows of ranges(m, bytesY * n, bytesA * strides.a.row))
      for (const columns of transposeB ? ranges(n, bytesB * strides.b.column, bytesY, 4) : whole(n))
        for (const depth of depths) {
          const last = depth.start + depth.count === k;
          launchGemm(ctx, kernel, {
            kernels: matMulKernels,
            y: window(ctx, total, [rows, n], [columns, 1]),
            yStride: n,
            a: window(ctx, a, [rows, strides.a.row], [depth, strides.a.k]),
            b: window(ctx, b, [columns, strides.b.column], [depth, strides.b.k]),
            bias: last && bias ? window(ctx, bias, [columns, 1]) : undefined,
            activation: last ? activation : "linear",
            accumulate: depth.start > 0,
            rows: rows.count,
            columns: columns.count,
            depth: depth.count,
            runLength: depth.count,
            layout: {
              a: {
                contiguousInK: !transposeA,
                fours: inFours(...(transposeA ? [m, rows.count] : [k, depth.count])),
                stride: strides.a.k,
              },
              b: {
                contiguousInK: transposeB,
                fours: inFours(...(transposeB ? [k, depth.count] : [n, columns.count])),
                stride: strides.b.k,
              },
            },
            walk: oneRun,
            params: {
              runs: 1,
              a_run_stride: 0,
              a_row_stride: strides.a.row,
              b_run_stride: 0,
              b_column_stride: strides.b.column,
            },
          });
        }
    if (total !== y) launchCast(ctx, total, y!);
  };

/**
 * activation(a · b + bias): a [m, k], b [k, n], bias [n] (optional) to [m, n]. Matrices beyond the binding limit are
 * bound in parts: rows of a and y; rows of b, which are added up along k (or, transposed, make columns of y). Parts along
 * k are added up in float32, whatever the types of a and b, which may differ.
 * @throws WgraftError `out-of-memory` where no such part of an operand fits a binding.
 */
export const matMul: Op<MatMulAttrs> = defineOp<MatMulAttrs>({
  name: "mat_mul",
  infer(inputs, { transposeA, transposeB, dtype }) {
    if (inputs.length !== 2 && inputs.length !== 3) {
      throw shapeError("mat_mul", "2 or 3 inputs", `${inputs.length}`);
    }
    const [a, b, bias] = inputs;
    const { m, k } = matrixA(a, transposeA);
    const { n, k: kOfB } = matrixB(b, transposeB);
    if (k !== kOfB) throw shapeError("mat_mul", `b with ${k} for its k`, formatSpec(b));
    if (Math.min(m, n, k) < 1) {
      throw shapeError("mat_mul", "dimensions of at least 1", `${formatSpec(a)} and ${formatSpec(b)}`);
    }
    if (bias) expectShape("mat_mul", "bias", bias, [n]);
    return [specOf([m, n], dtype ?? a.dtype)];
  },
  variants: (caps, [a]) => new Map(gemmKernelsOn(caps, a).map((kernel) => [kernel, lowerBy(kernel)])),
  vjp(g, dy, { inputs: [a, b, bias], outputs: [y] }, { transposeA, transposeB, activation }) {
    const dz = throughActivation(g, "mat_mul", dy, y, activation);
    const product = (of: Value, left: Value, right: Value, ta: boolean, tb: boolean) => {
      const plain = { transposeA: ta, transposeB: tb, activation: "linear" } as const;
      const attrs = of.dtype === left.dtype ? plain : { ...plain, dtype: of.dtype as FloatType };
      return g.apply(matMul, [left, right], attrs)[0];
    };
    const da = () =>
      transposeA ? product(a, b, dz, transposeB, true) : product(a, dz, b, false, !transposeB);
    const db = () =>
      transposeB ? product(b, dz, a, true, transposeA) : product(b, a, dz, !transposeA, false);
    return [da, db, bias && (() => g.apply(biasAddGrad, [dz], {})[0])];
  },
});

function matrixA(a: TensorSpec, transposed: boolean): { m: number; k: number } {
  expectRank("mat_mul", "a", a, 2, floatTypes);
  const [m, k] = transposed ? [a.shape[1], a.shape[0]] : a.shape;
  return { m, k };
}

function matrixB(b: TensorSpec, transposed: boolean): { n: number; k: number } {
  expectRank("mat_mul", "b", b, 2, floatTypes);
  const [k, n] = transposed ? [b.shape[1], b.shape[0]] : b.shape;
  return { n, k };
}

function inFours(...sizes: readonly number[]): boolean {
  return sizes.every((size) => size % 4 === 0);
}

/** The bytes from the first to the last element of a window of a matrix: a range and the stride of each axis. */
function window(
  { caps }: LowerContext,
  matrix: Operand,
  ...axes: readonly (readonly [range: Range, stride: number])[]
): Operand {
  const first = axes.reduce((sum, [range, stride]) => sum + range.start * stride, 0);
  const last = axes.reduce((sum, [range, stride]) => sum + (range.count - 1) * stride, 0);
  const size = bytesOf(matrix.dtype);
  const bytes = wholeWords(size * (last + 1));
  if (bytes > caps.maxStorageBufferBindingSize) {
    throw new WgraftError(
      "out-of-memory",
      `mat_mul: ${bytes} bytes of ${formatSpec(matrix)}; this adapter binds at most ${caps.maxStorageBufferBindingSize}`,
      { op: "mat_mul", expected: caps.maxStorageBufferBindingSize, got: bytes },
    );
  }
  return sliceBytes(matrix, size * first, bytes);
}
