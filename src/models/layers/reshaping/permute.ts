import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { transpose } from "../../../kernels/shape/transpose.js";
import { check, listOf, positiveInteger } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface PermuteOptions extends LayerOptions {
  /** Which axis of the input each axis of the output is, counted from 1: [2, 1] exchanges two. */
  dims: readonly number[];
}

const numbers = listOf(positiveInteger);
const isPermutation = (dims: readonly number[]) =>
  new Set(dims).size === dims.length && dims.every((axis) => axis <= dims.length);
const dims = check<readonly number[]>("a list with each number from 1 on once, such as [2, 1]", (value) => {
  const read = numbers.read(value);
  return read !== undefined && read.length > 0 && isPermutation(read);
});

const table = layerOptions<PermuteOptions>("Permute").fields({ dims: required(dims) });

/**
 * The axes of each sample in another order.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new Permute({ dims: [2, 1] }).apply(steps).shape); // [ 16, 100 ]
 */
export class Permute extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: PermuteOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    const { dims } = this.args;
    if (dims.length === input.length) return dims.map((axis) => input[axis - 1]);
    throw shapeError(`layer ${this.name}`, `an input of ${dims.length} axes`, formatShape([null, ...input]));
  }

  override call({ graph }: CallContext, input: Value): Value {
    return graph.add(transpose, [input], { permutation: [0, ...this.args.dims] });
  }
}
