/** Checks that every op's `infer` applies to its inputs; each throws a `shape` error that says expected and got. */
import { shapeError } from "../../errors.js";
import {
  formatShape,
  formatSpec,
  sameShape,
  type DType,
  type FloatType,
  type Shape,
  type TensorSpec,
} from "../../tensor.js";

export function expectInputs(op: string, inputs: readonly TensorSpec[], count: number): void {
  if (inputs.length !== count) throw shapeError(op, `${count} inputs`, `${inputs.length}`);
}

export function expectRank(
  op: string,
  what: string,
  spec: TensorSpec,
  rank: number,
  dtype: DType | readonly DType[] = "float32",
): void {
  const dtypes = [dtype].flat();
  if (spec.shape.length !== rank || !dtypes.includes(spec.dtype)) {
    throw shapeError(op, `${what} of rank ${rank} and type ${dtypes.join(" or ")}`, formatSpec(spec));
  }
}

export function expectShape(
  op: string,
  what: string,
  spec: TensorSpec,
  shape: Shape,
  dtype: DType = "float32",
): void {
  if (!sameShape(spec.shape, shape) || spec.dtype !== dtype) {
    throw shapeError(op, `${what} ${dtype} ${formatShape(shape)}`, formatSpec(spec));
  }
}

/** What activations may be stored as. */
export const floatTypes: readonly FloatType[] = ["float32", "float16"];

/** Any shape, of a type that activations may be stored as. @returns the type */
export function expectFloat(op: string, what: string, { shape, dtype }: TensorSpec): FloatType {
  if (dtype === "float32" || dtype === "float16") return dtype;
  throw shapeError(op, `${what} of type ${floatTypes.join(" or ")}`, formatSpec({ shape, dtype }));
}

/** Any shape, float32. */
export function expectFloat32(op: string, what: string, spec: TensorSpec): void {
  if (spec.dtype !== "float32") throw shapeError(op, `${what} of type float32`, formatSpec(spec));
}

/** The size of the last axis. Throws where there is none or it is empty. */
export function lastAxis(op: string, what: string, spec: TensorSpec): number {
  const size = spec.shape.at(-1);
  if (!size) throw shapeError(op, `${what} with a last axis that is not empty`, formatSpec(spec));
  return size;
}
