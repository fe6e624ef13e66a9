import type { Value } from "../../../kernels/op.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { axisList, sampleAxes } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitSoftmax } from "./functions.js";

export interface SoftmaxOptions extends LayerOptions {
  /** One axis, or several taken as one, counting the batch axis; negative from the end. Default −1. */
  axis?: number | readonly number[];
}

const table = layerOptions<SoftmaxOptions>("Softmax").fields({ axis: optional(axisList, -1) });

/**
 * exp(x), divided by its sum over an axis.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new Softmax().apply(features).shape); // [ 512 ]
 */
export class Softmax extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: SoftmaxOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    sampleAxes(this, this.args.axis, input);
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    return emitSoftmax(graph, input, sampleAxes(this, this.args.axis, input.shape.slice(1)));
  }
}
