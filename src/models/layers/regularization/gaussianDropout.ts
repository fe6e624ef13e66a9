import { multiply } from "../../../kernels/elementwise/binary.js";
import { randomNormal } from "../../../kernels/elementwise/randomNormal.js";
import type { Value } from "../../../kernels/op.js";
import { ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { rate } from "./dropout.js";
import { randomness } from "./randomPlace.js";

export interface GaussianDropoutOptions extends LayerOptions {
  /** As of a dropout, in [0, 1): the noise has the variance rate / (1 − rate). */
  rate: number;
}

const table = layerOptions<GaussianDropoutOptions>("GaussianDropout").fields(
  { rate: required(rate) },
  { seed: ignored(null) },
);

/**
 * Multiplies by normal noise of mean 1 in training; does nothing otherwise.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new GaussianDropout({ rate: 0.1 }).apply(features).shape); // [ 512 ]
 */
export class GaussianDropout extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: GaussianDropoutOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    const random = randomness(context);
    const { rate } = this.args;
    if (!random || rate === 0) return input;
    const deviation = Math.sqrt(rate / (1 - rate));
    const attrs = { shape: input.shape, mean: 1, deviation, ...random.place };
    const noise = context.graph.add(randomNormal, [random.step], attrs);
    return context.graph.add(multiply, [input, noise], {});
  }
}
