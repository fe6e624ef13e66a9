import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { crop2d } from "../../../kernels/shape/pad.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { sides, type Sides } from "./sides.js";

export interface Cropping2DOptions extends LayerOptions {
  /** Rows and columns to take away: one number for all sides, one for rows and one for columns, or one for each side. Default 0. */
  cropping?: number | readonly [number, number] | Sides;
}

const table = layerOptions<Cropping2DOptions>("Cropping2D").fields(
  { cropping: optional(sides, 0) },
  channelsLast,
);

/**
 * Takes rows and columns away from the borders of an image.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new Cropping2D({ cropping: 11 }).apply(image).shape); // [ 128, 128, 3 ]
 */
export class Cropping2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: Cropping2DOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const [[top, bottom], [left, right]] = this.args.cropping;
    const output = [height - top - bottom, width - left - right, channels];
    if (output[0] >= 1 && output[1] >= 1) return output;
    const least = `an input larger than (${top + bottom}, ${left + right})`;
    throw shapeError(`layer ${this.name}`, least, formatShape(input));
  }

  override call(context: CallContext, input: Value): Value {
    const [[top, bottom], [left, right]] = this.args.cropping;
    return context.graph.add(crop2d, [input], { pads: [top, bottom, left, right] });
  }
}
