/** Splitting a launch whose tensors are larger than one storage binding may be. */
import { WgraftError } from "../../errors.js";
import { byteLengthOf, type TensorSpec } from "../../tensor.js";
import { sliceBytes, type DeviceCaps, type Operand } from "../op.js";

/** Byte offsets of bindings that every adapter accepts. */
const BINDING_ALIGNMENT = 256;

export interface Range {
  readonly start: number;
  readonly count: number;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

/** Units (elements, rows, samples) whose byte offset in a tensor of `bytesPerUnit` is aligned: the multiples of this. */
export function alignedUnits(bytesPerUnit: number): number {
  return BINDING_ALIGNMENT / greatestCommonDivisor(BINDING_ALIGNMENT, bytesPerUnit);
}

/**
 * Cuts `units` into as few ranges as possible, such that the slice of a range fits one binding in every tensor
 * (`bytesPerUnit`, one figure a tensor) and starts at an aligned byte.
 */
export function bindingRanges(
  op: string,
  caps: DeviceCaps,
  units: number,
  bytesPerUnit: readonly number[],
  mostUnits = Infinity,
): Range[] {
  const limit = caps.maxStorageBufferBindingSize;
  const most = Math.min(mostUnits, ...bytesPerUnit.map((bytes) => Math.floor(limit / bytes)));
  if (units <= most) return [{ start: 0, count: units }];
  const step = bytesPerUnit.map(alignedUnits).reduce(leastCommonMultiple, 1);
  const size = Math.floor(most / step) * step;
  if (size <= 0) {
    throw new WgraftError(
      "not-supported",
      `${op}: ${step} × ${Math.max(...bytesPerUnit)} bytes do not fit a storage binding of ${limit} bytes`,
      { op },
    );
  }
  const ranges: Range[] = [];
  for (let start = 0; start < units; start += size) {
    ranges.push({ start, count: Math.min(size, units - start) });
  }
  return ranges;
}

/** Bytes that one of `units` equal parts of a tensor takes. */
export function bytesPer(spec: TensorSpec, units: number): number {
  return byteLengthOf(spec) / units;
}

/**
 * The part of `operand` that `range` names, of `units` in all. Its length is exact, so that `arrayLength` in a kernel
 * is the number of elements, but for types of fewer than 32 bits, which are padded to whole words: of a float16 tensor
 * with an odd number of elements, kernels see one more, which they may read and write.
 */
export function sliceRange(operand: Operand, range: Range, units: number): Operand {
  const unit = bytesPer(operand, units);
  return sliceBytes(operand, range.start * unit, Math.ceil((range.count * unit) / 4) * 4);
}
