import type { Value } from "../../../kernels/op.js";
import { ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { asImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitDropout, rate } from "./dropout.js";

export interface SpatialDropout1DOptions extends LayerOptions {
  /** Share of channels that are dropped, in [0, 1). */
  rate: number;
}

const table = layerOptions<SpatialDropout1DOptions>("SpatialDropout1D").fields(
  { rate: required(rate) },
  { seed: ignored(null) },
);

/**
 * Drops whole channels of sequences in training and scales the rest by 1/(1 − rate); does nothing otherwise.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new SpatialDropout1D({ rate: 0.2 }).apply(steps).shape); // [ 100, 16 ]
 */
export class SpatialDropout1D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: SpatialDropout1DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    asImageShape(this, 1, input);
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    const [batch, ...sample] = input.shape;
    const mask = [batch, ...sample.map((size, i) => (i === sample.length - 1 ? size : 1))];
    return emitDropout(context, input, this.args.rate, mask);
  }
}
