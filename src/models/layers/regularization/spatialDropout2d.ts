import type { Value } from "../../../kernels/op.js";
import { ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { asImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitDropout, rate } from "./dropout.js";

export interface SpatialDropout2DOptions extends LayerOptions {
  /** Share of channels that are dropped, in [0, 1). */
  rate: number;
}

const table = layerOptions<SpatialDropout2DOptions>("SpatialDropout2D").fields(
  { rate: required(rate) },
  { seed: ignored(null), ...channelsLast },
);

/**
 * Drops whole channels of images in training and scales the rest by 1/(1 − rate); does nothing otherwise.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new SpatialDropout2D({ rate: 0.2 }).apply(maps).shape); // [ 28, 28, 64 ]
 */
export class SpatialDropout2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: SpatialDropout2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    asImageShape(this, 2, input);
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    const [batch, ...sample] = input.shape;
    const mask = [batch, ...sample.map((size, i) => (i === sample.length - 1 ? size : 1))];
    return emitDropout(context, input, this.args.rate, mask);
  }
}
