import { resize2d } from "../../../kernels/image/resize2d.js";
import type { Value } from "../../../kernels/op.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { single } from "../arguments.js";
import { asImageShape, onImages } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface UpSampling1DOptions extends LayerOptions {
  /** How often each step is repeated. Default 2. */
  size?: number;
}

const table = layerOptions<UpSampling1DOptions>("UpSampling1D").fields({ size: optional(single, 2) });

/**
 * Each step of a sequence (steps, channels) several times.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new UpSampling1D({ size: 2 }).apply(steps).shape); // [ 200, 16 ]
 */
export class UpSampling1D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: UpSampling1DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, steps, channels] = asImageShape(this, 1, input);
    return [steps * this.args.size, channels];
  }

  override call({ graph }: CallContext, input: Value): Value {
    const steps = input.shape[1] * this.args.size;
    return onImages(graph, input, (images) =>
      graph.add(resize2d, [images], { size: [1, steps], interpolation: "nearest" }),
    );
  }
}
