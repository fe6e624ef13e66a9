import type { Value } from "../../../kernels/op.js";
import { oneOf } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import type { CallContext } from "../layer.js";
import { layerOptions } from "../layerOptions.js";
import { Operation, operationFields, type Keras2Call, type OperationOptions } from "./operation.js";

/** Types that a tensor may be cast to: all of them are what the device computes in. */
const floats = ["float32", "float16", "bfloat16", "float64"] as const;

export interface CastOptions extends OperationOptions {
  dtype: (typeof floats)[number];
}

const table = layerOptions<CastOptions>("Cast").fields({
  dtype: required(oneOf(floats)),
  ...operationFields,
});

/** Pixels as floats, which they are already when they reach the layers. After keras/src/ops/core.py. */
export class Cast extends Operation<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: CastOptions) {
    super(options);
  }

  override get module(): string {
    return "keras.src.ops.core";
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }

  override get keras3Config(): Record<string, unknown> {
    return { dtype: this.args.dtype };
  }

  override keras3Arguments(tensors: readonly unknown[]): unknown[] {
    return [...tensors];
  }

  override keras2Call([first]: readonly unknown[]): Keras2Call {
    return { first, kwargs: { dtype: this.args.dtype } };
  }
}
