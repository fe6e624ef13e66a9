import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitRelu } from "./functions.js";

export interface ReLUOptions extends LayerOptions {
  /** Where the values are cut, such as 6 (ReLU6 of MobileNet). Default null: nowhere. */
  maxValue?: number | null;
  /** Factor of what is below the threshold. Default 0. */
  negativeSlope?: number;
  /** Values below it are the threshold's distance times `negativeSlope`. Default 0. */
  threshold?: number;
}

const table = layerOptions<ReLUOptions>("ReLU").fields({
  maxValue: nullable(optional(number({ min: 0 }))),
  negativeSlope: optional(number({ min: 0 }), 0),
  threshold: optional(number({ min: 0 }), 0),
});

/**
 * x from the threshold on, cut at `maxValue`; below it negativeSlope · (x − threshold).
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new ReLU({ maxValue: 6 }).apply(features).shape); // [ 512 ]
 */
export class ReLU extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ReLUOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    const { maxValue, negativeSlope, threshold } = this.args;
    return emitRelu(graph, input, { maxValue, negativeSlope, threshold });
  }
}
