import { shapeError } from "../../../errors.js";
import { add, multiply } from "../../../kernels/elementwise/binary.js";
import { scale as scaleOp } from "../../../kernels/elementwise/elementwise.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { numbers, vector } from "./numbers.js";

export interface RescalingOptions extends LayerOptions {
  /** What values are multiplied by: one number, or one for each channel. */
  scale: number | readonly number[];
  /** What is added then. Default 0. */
  offset?: number | readonly number[];
}

const table = layerOptions<RescalingOptions>("Rescaling").fields({
  scale: required(numbers),
  offset: optional(numbers, 0),
});

/**
 * x · scale + offset. Follows keras/src/layers/preprocessing/rescaling.py.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new Rescaling({ scale: 1 / 255 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class Rescaling extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RescalingOptions) {
    super(options);
  }

  /** What values are multiplied by: one number, or one for each channel. */
  get scales(): readonly number[] {
    return [this.args.scale].flat();
  }

  override computeOutputShape(input: Shape): Shape {
    for (const value of [this.args.scale, this.args.offset]) {
      if (typeof value === "number" || value.length === 1 || value.length === input.at(-1)) continue;
      const expected = `an input of ${value.length} channels, one for each number`;
      throw shapeError(`layer ${this.name}`, expected, formatShape([null, ...input]));
    }
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    const { scale, offset } = this.args;
    const scaled = scale === 1 ? input : this.scaled(graph, input);
    if (offset === 0) return scaled;
    return graph.add(add, [scaled, vector(graph, [offset].flat())], {});
  }

  private scaled(graph: GraphBuilder, input: Value): Value {
    const { scale } = this.args;
    return typeof scale === "number"
      ? graph.apply(scaleOp, [input], { factor: scale })[0]
      : graph.apply(multiply, [input, vector(graph, scale)], {})[0];
  }
}
