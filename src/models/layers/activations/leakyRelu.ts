import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { activationLayers } from "./activationLayers.js";

export interface LeakyReLUOptions extends LayerOptions {
  /** Factor of negative values. Default 0.3. */
  negativeSlope?: number;
}

const table = layerOptions<LeakyReLUOptions>("LeakyReLU").fields({
  // Keras 2 knows no other name, and Keras 3 takes this one too.
  negativeSlope: optional(number({ min: 0 }), 0.3, { keras: "alpha", formerly: ["negative_slope"] }),
});

/**
 * x where it is positive, else negativeSlope · x.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new LeakyReLU({ negativeSlope: 0.1 }).apply(features).shape); // [ 512 ]
 */
export class LeakyReLU extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: LeakyReLUOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    return activationLayers.LeakyReLU.emit(graph, input, { negativeSlope: this.args.negativeSlope });
  }
}
