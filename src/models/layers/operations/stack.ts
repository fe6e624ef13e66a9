import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { concat } from "../../../kernels/shape/concat.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { integer } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, sameShape, type Shape } from "../../../tensor.js";
import type { CallContext } from "../layer.js";
import { layerOptions } from "../layerOptions.js";
import { Operation, operationFields, type Keras2Call, type OperationOptions } from "./operation.js";

export interface StackOptions extends OperationOptions {
  /** The new axis, counting the batch axis, which it must not be; negative from the end. Default 0, as in Keras. */
  axis?: number;
}

const table = layerOptions<StackOptions>("Stack").fields({
  axis: optional(integer(), 0),
  ...operationFields,
});

/** Tensors of one shape along a new axis. After keras/src/ops/numpy.py. */
export class Stack extends Operation<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: StackOptions) {
    super(options);
  }

  override get inputCount(): number | undefined {
    return undefined;
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(...inputs: Shape[]): Shape {
    const [first] = inputs;
    const axis = this.axisOf(first.length + 1) - 1;
    if (axis < 0 || axis > first.length) {
      const expected = `an axis behind the batch axis of ${formatShape([null, ...first])}`;
      throw shapeError(`layer ${this.name}`, expected, `${this.args.axis}`);
    }
    const different = inputs.find((shape) => !sameShape(shape, first));
    if (different) {
      const [expected, got] = [first, different].map((shape) => formatShape([null, ...shape]));
      throw shapeError(`layer ${this.name}`, `inputs ${expected}`, got);
    }
    return first.toSpliced(axis, 0, inputs.length);
  }

  override call({ graph }: CallContext, ...inputs: Value[]): Value {
    const axis = this.axisOf(inputs[0].shape.length);
    const parts = inputs.map((x) => graph.add(reshape, [x], { shape: x.shape.toSpliced(axis, 0, 1) }));
    return parts.length === 1 ? parts[0] : graph.add(concat, parts, { axis });
  }

  override get keras3Config(): Record<string, unknown> {
    return { axis: this.args.axis };
  }

  override keras3Arguments(tensors: readonly unknown[]): unknown[] {
    return [[...tensors]];
  }

  override keras2Call(tensors: readonly unknown[]): Keras2Call {
    return { first: [...tensors], kwargs: { axis: this.args.axis } };
  }

  /** @param rank of an input, with the batch axis */
  private axisOf(rank: number): number {
    const { axis } = this.args;
    return axis < 0 ? axis + rank + 1 : axis;
  }
}
