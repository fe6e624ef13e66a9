import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { integer, listOf } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import { formatShape, sizeOf, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface ReshapeOptions extends LayerOptions {
  /** Shape per sample; one dimension may be −1. */
  targetShape: Shape;
}

const shape = listOf(integer({ min: -1 }), "a list of integers, of which one may be -1");

const table = layerOptions<ReshapeOptions>("Reshape").fields({ targetShape: required(shape) });

/**
 * The same values per sample under another shape.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new Reshape({ targetShape: [4, 4, -1] }).apply(features).shape); // [ 4, 4, 32 ]
 */
export class Reshape extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: ReshapeOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    const { targetShape } = this.args;
    const known = sizeOf(targetShape.filter((d) => d !== -1));
    const shape = targetShape.map((d) => (d === -1 ? sizeOf(input) / known : d));
    if (sizeOf(shape) !== sizeOf(input) || !shape.every(Number.isInteger)) {
      throw shapeError(
        `layer ${this.name}`,
        `as many values as ${formatShape(targetShape)}`,
        formatShape(input),
      );
    }
    return shape;
  }

  override call(context: CallContext, input: Value): Value {
    const shape = [input.shape[0], ...this.computeOutputShape(input.shape.slice(1))];
    return context.graph.add(reshape, [input], { shape });
  }
}
