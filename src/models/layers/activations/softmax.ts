import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { axisList } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { axesOf, emitSoftmax } from "./functions.js";

export interface SoftmaxOptions extends LayerOptions {
  /** One axis, or several taken as one, counting the batch axis; negative from the end. Default −1. */
  axis?: number | readonly number[];
}

const table = layerOptions<SoftmaxOptions>("Softmax").fields({ axis: optional(axisList, -1) });

/** exp(x), divided by its sum over an axis. */
export class Softmax extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: SoftmaxOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    if (!this.axesOf([1, ...input]).includes(0)) return input;
    const expected = `axes of a sample, not the batch axis of ${formatShape([null, ...input])}`;
    throw shapeError(`layer ${this.name}`, expected, this.args.axis.join(", "));
  }

  override call({ graph }: CallContext, input: Value): Value {
    return emitSoftmax(graph, input, this.axesOf(input.shape));
  }

  private axesOf(shape: Shape): number[] {
    return axesOf(`layer ${this.name}`, this.args.axis, shape);
  }
}
