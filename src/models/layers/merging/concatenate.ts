import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { concat } from "../../../kernels/shape/concat.js";
import { integer } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, sameShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface ConcatenateOptions extends LayerOptions {
  /** Counts the batch axis, which it must not be; negative from the end. Default −1. */
  axis?: number;
}

const table = layerOptions<ConcatenateOptions>("Concatenate").fields({ axis: optional(integer(), -1) });

/**
 * The inputs one after the other along an axis. Follows keras/src/layers/merging/concatenate.py.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Concatenate().apply([a, b]).shape); // [ 28, 28, 128 ]
 */
export class Concatenate extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ConcatenateOptions) {
    super(options);
  }

  override get inputCount(): number | undefined {
    return undefined;
  }

  override computeOutputShape(...inputs: Shape[]): Shape {
    const [first] = inputs;
    const axis = this.axisOf(first.length + 1) - 1;
    if (axis < 0 || axis >= first.length)
      throw shapeError(
        `layer ${this.name}`,
        `an axis of ${formatShape([null, ...first])}`,
        `${this.args.axis}`,
      );
    const resized = (shape: Shape, size: number) => shape.map((d, i) => (i === axis ? size : d));
    for (const shape of inputs) {
      if (shape.length === first.length && sameShape(resized(shape, first[axis]), first)) continue;
      const expected = `inputs like ${formatShape([null, ...first])}, but for axis ${axis + 1}`;
      throw shapeError(`layer ${this.name}`, expected, formatShape([null, ...shape]));
    }
    return resized(
      first,
      inputs.reduce((sum, shape) => sum + shape[axis], 0),
    );
  }

  override call(context: CallContext, ...inputs: Value[]): Value {
    return context.graph.add(concat, inputs, { axis: this.axisOf(inputs[0].shape.length) });
  }

  /** @param rank with the batch axis */
  private axisOf(rank: number): number {
    const { axis } = this.args;
    return axis < 0 ? axis + rank : axis;
  }
}
