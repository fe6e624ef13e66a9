import { resize2d } from "../../../kernels/image/resize2d.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import type { Size2d } from "../../../kernels/common/window2d.js";
import { crop2d } from "../../../kernels/shape/pad.js";
import { positiveInteger } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitCropBox } from "./resizing.js";

export interface CenterCropOptions extends LayerOptions {
  /** Of the result. */
  height: number;
  /** Of the result. */
  width: number;
}

const table = layerOptions<CenterCropOptions>("CenterCrop").fields(
  { height: required(positiveInteger), width: required(positiveInteger) },
  channelsLast,
);

/**
 * The middle of an image; of one that is smaller, the largest box of the result's aspect ratio, resized. Follows
 * keras/src/layers/preprocessing/image_preprocessing/center_crop.py.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new CenterCrop({ height: 128, width: 128 }).apply(image).shape); // [ 128, 128, 3 ]
 */
export class CenterCrop extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: CenterCropOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = imageShape(this, input);
    return [this.args.height, this.args.width, channels];
  }

  override call({ graph }: CallContext, input: Value): Value {
    return emitCenterCrop(graph, input, [this.args.height, this.args.width]);
  }
}

export function emitCenterCrop(g: GraphBuilder, images: Value, size: Size2d): Value {
  const [, height, width] = images.shape;
  const [more, wider] = [height - size[0], width - size[1]];
  if (more < 0 || wider < 0) {
    return g.apply(resize2d, [emitCropBox(g, images, size)], { size, interpolation: "bilinear" })[0];
  }
  const [top, left] = [Math.floor(more / 2), Math.floor(wider / 2)];
  const pads = [top, more - top, left, wider - left] as const;
  return pads.some((pad) => pad > 0) ? g.apply(crop2d, [images], { pads })[0] : images;
}
