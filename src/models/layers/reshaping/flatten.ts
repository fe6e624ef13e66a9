import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { sizeOf, type Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

/**
 * (height, width, channels) → (height · width · channels).
 * @example
 * const maps = Input({ shape: [4, 4, 512] });
 * console.log(new Flatten().apply(maps).shape); // [ 8192 ]
 */
export class Flatten extends Layer {
  static override readonly table = layerOptions<LayerOptions>("Flatten").fields({}, channelsLast);

  constructor(options?: LayerOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return [sizeOf(input)];
  }

  override call(context: CallContext, input: Value): Value {
    return context.graph.add(reshape, [input], { shape: [input.shape[0], sizeOf(input.shape.slice(1))] });
  }
}
