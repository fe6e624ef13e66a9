import { add } from "../../../kernels/elementwise/binary.js";
import { randomNormal } from "../../../kernels/elementwise/randomNormal.js";
import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { randomness } from "./randomPlace.js";

export interface GaussianNoiseOptions extends LayerOptions {
  /** The standard deviation of the noise. */
  stddev: number;
}

const table = layerOptions<GaussianNoiseOptions>("GaussianNoise").fields(
  { stddev: required(number({ min: 0 })) },
  { seed: ignored(null) },
);

/**
 * Adds normal noise of mean 0 in training; does nothing otherwise.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new GaussianNoise({ stddev: 0.1 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class GaussianNoise extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: GaussianNoiseOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    const random = randomness(context);
    const { stddev } = this.args;
    if (!random || stddev === 0) return input;
    const attrs = { shape: input.shape, mean: 0, deviation: stddev, ...random.place };
    const noise = context.graph.add(randomNormal, [random.step], attrs);
    return context.graph.add(add, [input, noise], {});
  }
}
