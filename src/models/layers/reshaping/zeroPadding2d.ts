import type { Value } from "../../../kernels/op.js";
import { zeroPad2d } from "../../../kernels/shape/pad.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { sides, type Sides } from "./sides.js";

export interface ZeroPadding2DOptions extends LayerOptions {
  /** One number for all sides, one for rows and one for columns, or one for each side. Default 1. */
  padding?: number | readonly [number, number] | Sides;
}

const table = layerOptions<ZeroPadding2DOptions>("ZeroPadding2D").fields(
  { padding: optional(sides, 1) },
  channelsLast,
);

/**
 * Zeros around an image: rows above and below, columns left and right.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new ZeroPadding2D({ padding: 3 }).apply(image).shape); // [ 156, 156, 3 ]
 */
export class ZeroPadding2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ZeroPadding2DOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const [[top, bottom], [left, right]] = this.args.padding;
    return [height + top + bottom, width + left + right, channels];
  }

  override call(context: CallContext, input: Value): Value {
    const [[top, bottom], [left, right]] = this.args.padding;
    return context.graph.add(zeroPad2d, [input], { pads: [top, bottom, left, right] });
  }
}
