/** Numbers among the arguments of an operation in a file. */
import { isPlainObject } from "../../options/describe.js";
import { sizeOf, type Shape } from "../../tensor.js";

/** A number, or numbers in a shape. */
export interface Constant {
  /** Without axes for a lone number. */
  readonly shape: Shape;
  readonly values: readonly number[];
  /** As Keras 3 wrote it: a tensor, an array of NumPy, or plain. */
  readonly kind: "plain" | "__tensor__" | "__numpy__";
}

/** A number, nested lists, or an object of Keras 3; undefined for anything else, for infinite numbers and for ragged lists. */
export function readConstant(json: unknown): Constant | undefined {
  const kind = kindOf(json);
  const value = kind === "plain" ? json : (json as { config: { value: unknown } }).config.value;
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = (inner as unknown[])[0]) shape.push(inner.length);
  if (shape.length > 8) return undefined;
  const values: unknown[] = [value].flat(9);
  const isGood = values.length > 0 && values.every((one) => typeof one === "number" && Number.isFinite(one));
  if (!isGood || values.length !== sizeOf(shape)) return undefined;
  return { shape, values: values as number[], kind };
}

function kindOf(json: unknown): Constant["kind"] {
  if (!isPlainObject(json) || !isPlainObject(json.config) || !("value" in json.config)) return "plain";
  const { class_name: className } = json;
  return className === "__tensor__" || className === "__numpy__" ? className : "plain";
}

/** Nested lists, or a lone number: what `readConstant` reads. */
export function nestedLists({ shape, values }: Pick<Constant, "shape" | "values">): unknown {
  if (shape.length === 0) return values[0];
  const [length, ...inner] = shape;
  const size = sizeOf(inner);
  return Array.from({ length }, (_, i) =>
    nestedLists({ shape: inner, values: values.slice(i * size, (i + 1) * size) }),
  );
}

/** The notation of Keras 3. */
export function keras3Constant(constant: Constant): unknown {
  const value = nestedLists(constant);
  if (constant.kind === "plain") return value;
  return { class_name: constant.kind, config: { value, dtype: "float32" } };
}
