import { add, multiply } from "../../../kernels/elementwise/binary.js";
import { dropout } from "../../../kernels/elementwise/dropout.js";
import { fill, scale } from "../../../kernels/elementwise/elementwise.js";
import type { Value } from "../../../kernels/op.js";
import { fixed, ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { rate } from "./dropout.js";
import { randomness } from "./randomPlace.js";

export interface AlphaDropoutOptions extends LayerOptions {
  /** Share of values that are dropped, in [0, 1). */
  rate: number;
}

const table = layerOptions<AlphaDropoutOptions>("AlphaDropout").fields(
  { rate: required(rate) },
  { seed: ignored(null), noise_shape: fixed(null) },
);

/** What selu approaches for negative values. */
const dropped = -1.6732632423543772 * 1.0507009873554805;

/**
 * Sets a random share of the values to what selu approaches, in training, so that mean and variance stay; does nothing otherwise.
 * Follows keras/src/layers/regularization/alpha_dropout.py.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new AlphaDropout({ rate: 0.1 }).apply(features).shape); // [ 512 ]
 */
export class AlphaDropout extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: AlphaDropoutOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    const random = randomness(context);
    const { rate } = this.args;
    if (!random || rate === 0) return input;
    const { graph } = context;
    const a = ((1 - rate) * (1 + rate * dropped ** 2)) ** -0.5;
    const b = -a * dropped * rate;
    const constant = (value: number, shape: Shape = [1]) => graph.add(fill, [], { shape, value });
    const attrs = { rate, ...random.place };
    const ones = graph.add(dropout, [constant(1, input.shape), random.step], attrs);
    // a · (kept ? x : dropped) + b = kept · a · (x − dropped) + (a · dropped + b), with kept = ones · (1 − rate).
    const shifted = graph.add(add, [input, constant(-dropped)], {});
    const kept = graph.add(multiply, [shifted, ones], {});
    const scaled = graph.add(scale, [kept], { factor: a * (1 - rate) });
    return graph.add(add, [scaled, constant(a * dropped + b)], {});
  }
}
