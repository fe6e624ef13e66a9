/** What is no layer, but an operation on tensors: `x / 127.5` between the layers of a functional model. */
import { isPlainObject } from "../../../options/describe.js";
import { check } from "../../../options/checks.js";
import { nullable, optional } from "../../../options/fields.js";
import { Layer } from "../layer.js";
import type { LayerArguments, LayerOptions } from "../layerOptions.js";

export interface OperationOptions extends LayerOptions {
  /** The function of TensorFlow that Keras 2 has for it, "math.truediv": an .h5 file then gets that again. Default: none. */
  tfFunction?: string | null;
}

export const operationFields = {
  tfFunction: nullable(
    optional(check<string>("the name of a function", (value) => typeof value === "string")),
  ),
};

interface OperationArguments extends LayerArguments {
  tfFunction?: string;
}

/** What a call of Keras 2 is made of: the first argument, and the rest by name. */
export interface Keras2Call {
  readonly first: unknown;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** Keras counts operations among neither layers nor weights. */
export abstract class Operation<A extends OperationArguments = OperationArguments> extends Layer<A> {
  /** Where Keras 3 has the class. */
  get module(): string {
    return "keras.src.ops.numpy";
  }

  get tfFunction(): string | undefined {
    return this.args.tfFunction;
  }

  /** The arguments that Keras 3 makes the operation with, besides its name. */
  get keras3Config(): Record<string, unknown> {
    return {};
  }

  /** Keras 3's arguments of a call. @param tensors as they are written, in order */
  abstract keras3Arguments(tensors: readonly unknown[]): unknown[];

  /** Keras 2's arguments of a call. @param tensors as above */
  abstract keras2Call(tensors: readonly unknown[]): Keras2Call;
}

/** A test that the compiler understands. */
export function isOperation(layer: Layer): layer is Operation {
  return layer instanceof Operation;
}

/** Whether a value is an object with some keys. */
export function hasKeys(value: unknown, ...keys: readonly string[]): boolean {
  return isPlainObject(value) && keys.every((key) => key in value);
}
