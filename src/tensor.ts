import { shapeError, WgraftError } from "./errors.js";
import { describe } from "./options/describe.js";

/** Element types that the engine stores. Compute is float32. */
export type DType = FloatType | "uint32" | "uint8";

/** Types that activations and their gradients are stored in. */
export type FloatType = "float32" | "float16";

/** Types that values have on the host: Node 20 has no array of float16, so programs cast at their edges. */
export type HostType = Exclude<DType, "float16">;

export type Shape = readonly number[];

/** What is known of a tensor before it has values. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface TypedArrayOf {
  float32: Float32Array;
  uint32: Uint32Array;
  uint8: Uint8Array;
}
export type TensorData = TypedArrayOf[HostType];

const arrayTypes = { float32: Float32Array, uint32: Uint32Array, uint8: Uint8Array };

const elementBytes = { float32: 4, float16: 2, uint32: 4, uint8: 1 };

export function sizeOf(shape: Shape): number {
  return shape.reduce((n, d) => n * d, 1);
}

/** Bytes of one element. */
export function bytesOf(dtype: DType): number {
  return elementBytes[dtype];
}

/** Bytes of a tensor's values, without the padding of its storage. */
export function byteLengthOf(spec: TensorSpec): number {
  return sizeOf(spec.shape) * bytesOf(spec.dtype);
}

/** Bytes of a tensor's buffer: whole 32-bit words, and at least one. */
export function storageBytesOf(spec: TensorSpec): number {
  return wholeWords(byteLengthOf(spec));
}

/** Bytes rounded up to what a storage buffer can have: whole 32-bit words, and at least one. */
export function wholeWords(bytes: number): number {
  return Math.max(4, Math.ceil(bytes / 4) * 4);
}

/** `[2, 3]` as people read it: `(2, 3)`. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `(${shape.map((d) => d ?? "None").join(", ")}${shape.length === 1 ? "," : ""})`;
}

export function formatSpec(spec: TensorSpec): string {
  return `${spec.dtype} ${formatShape(spec.shape)}`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/**
 * A tensor with its values on the host, in C order.
 * @example
 * const x = tensor([1, 2, 3, 4, 5, 6], [3, 2]);
 * console.log(await x.data()); // Float32Array(6) [ 1, 2, 3, 4, 5, 6 ]
 * console.log(x.slice(0, 2).shape, x.reshape([6]).shape); // [ 2, 2 ] [ 6 ]
 */
export class Tensor<D extends HostType = HostType> implements TensorSpec {
  readonly shape: Shape;

  /** @param values in C order, as many as `shape` has elements. */
  constructor(
    private readonly values: TypedArrayOf[D],
    shape: Shape,
    readonly dtype: D,
  ) {
    if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
      throw shapeError("tensor", "dimensions that are whole numbers ≥ 0", formatShape(shape));
    }
    if (values.length !== sizeOf(shape)) {
      throw shapeError(
        "tensor",
        `${sizeOf(shape)} values for shape ${formatShape(shape)}`,
        `${values.length}`,
      );
    }
    this.shape = Object.freeze([...shape]);
  }

  get size(): number {
    return this.values.length;
  }

  /** The values in C order. Not a copy. */
  async data(): Promise<TypedArrayOf[D]> {
    return this.values;
  }

  /** Rows `start` to `end` (exclusive) of the first axis, sharing memory with this tensor. */
  slice(start: number, end: number): Tensor<D> {
    const rows = this.shape[0] ?? 0;
    if (start < 0 || end > rows || start > end) {
      throw new WgraftError("shape", `slice: rows ${start}..${end} of a tensor ${formatShape(this.shape)}`);
    }
    const row = rows === 0 ? 0 : this.values.length / rows;
    const part = this.values.subarray(start * row, end * row) as TypedArrayOf[D];
    return new Tensor(part, [end - start, ...this.shape.slice(1)], this.dtype);
  }

  /** The same values under another shape of the same size. */
  reshape(shape: Shape): Tensor<D> {
    return new Tensor(this.values, shape, this.dtype);
  }

  /** The values without a promise: they are on the host already. */
  dataSync(): TypedArrayOf[D] {
    return this.values;
  }
}

/**
 * Makes a tensor of values in C order: `tensor(new Float32Array(6), [2, 3])`.
 * @throws WgraftError `usage` for what are no numbers, `shape` for another count of them
 * @example
 * const x = tensor(new Float32Array(6), [2, 3]);
 * console.log(x.shape, x.dtype); // [ 2, 3 ] float32
 * const labels = tensor([0, 1, 1]); // shape [3]
 */
export function tensor(values: Float32Array | readonly number[], shape?: Shape): Tensor<"float32">;
export function tensor(values: Uint32Array, shape?: Shape): Tensor<"uint32">;
export function tensor(values: Uint8Array, shape?: Shape): Tensor<"uint8">;
export function tensor(values: TensorData | readonly number[], given?: Shape): Tensor {
  const isList = Array.isArray(values);
  const isGood = isList ? values.every((value) => typeof value === "number") : isTypedArray(values);
  if (!isGood || (given !== undefined && !Array.isArray(given)))
    throw new WgraftError(
      "usage",
      `tensor: expected numbers in C order and their shape, tensor([1, 2, 3, 4, 5, 6], [2, 3]), got ${describe(isGood ? given : values)}`,
      { op: "tensor", got: isGood ? given : values },
    );
  const shape = given ?? [values.length];
  if (values instanceof Uint8Array) return new Tensor(values, shape, "uint8");
  if (values instanceof Uint32Array) return new Tensor(values, shape, "uint32");
  return new Tensor(values instanceof Float32Array ? values : Float32Array.from(values), shape, "float32");
}

function isTypedArray(values: unknown): boolean {
  const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return ArrayBuffer.isView(values) && !(values instanceof DataView) && !isBig;
}

/**
 * The type of a tensor whose values come from the host or go there.
 * @throws WgraftError `not-supported` for float16
 */
export function hostType(what: string, { dtype, shape }: TensorSpec): HostType {
  if (dtype !== "float16") return dtype;
  throw new WgraftError(
    "not-supported",
    `${what}: the host has no ${formatSpec({ dtype, shape })}; cast it to float32 within the graph`,
  );
}

/** The array of `dtype` whose bytes these are. */
export function arrayOf<D extends HostType>(dtype: D, bytes: ArrayBuffer): TypedArrayOf[D] {
  return new arrayTypes[dtype](bytes) as TypedArrayOf[D];
}

/** An array of `dtype` for `n` elements, zeroed. */
export function allocate<D extends HostType>(dtype: D, n: number): TypedArrayOf[D] {
  return new arrayTypes[dtype](n) as TypedArrayOf[D];
}

/** Entries `indices` of an array of entries of `size` elements each, one after another in a new array. */
export function gather<D extends HostType>(
  dtype: D,
  values: TypedArrayOf[D],
  size: number,
  indices: ArrayLike<number>,
): TypedArrayOf[D] {
  const out = allocate(dtype, indices.length * size);
  for (let i = 0; i < indices.length; i++)
    out.set(values.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  return out;
}

/** The elements of arrays, one array after another in a new one. */
export function concatenate<D extends HostType>(
  dtype: D,
  parts: readonly TypedArrayOf[D][],
): TypedArrayOf[D] {
  const out = allocate(
    dtype,
    parts.reduce((n, part) => n + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The largest of some numbers, or `least`, at any length: a spread into `Math.max` is bounded by the call stack. */
export function largest(values: Iterable<number>, least: number): number {
  let found = least;
  for (const value of values) found = Math.max(found, value);
  return found;
}

/** The first place of the largest number, at any length. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
