import { resize2d, resizeInterpolations, type ResizeInterpolation } from "../../../kernels/image/resize2d.js";
import type { Value } from "../../../kernels/op.js";
import { oneOf } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast, pair } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface UpSampling2DOptions extends LayerOptions {
  /** Factors of height and width. Default 2. */
  size?: number | readonly [number, number];
  /** Default "nearest". */
  interpolation?: ResizeInterpolation;
}

const table = layerOptions<UpSampling2DOptions>("UpSampling2D").fields(
  { size: optional(pair, 2), interpolation: optional(oneOf(resizeInterpolations), "nearest") },
  channelsLast,
);

/**
 * Images larger by whole factors.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new UpSampling2D({ size: 2, interpolation: "bilinear" }).apply(maps).shape); // [ 56, 56, 64 ]
 */
export class UpSampling2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: UpSampling2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const [rows, columns] = this.args.size;
    return [height * rows, width * columns, channels];
  }

  override call({ graph }: CallContext, input: Value): Value {
    const [height, width] = this.computeOutputShape(input.shape.slice(1));
    const { interpolation } = this.args;
    return graph.add(resize2d, [input], { size: [height, width], interpolation });
  }
}
