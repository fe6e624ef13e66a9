import { resize2d, type Resize2dAttrs } from "../../../kernels/image/resize2d.js";
import type { SourceBox } from "../../../kernels/image/resizeImages.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import type { Size2d } from "../../../kernels/common/window2d.js";
import { positiveInteger } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { cropBox } from "./aspectRatio.js";
import type { FixesSize } from "./sourceBox.js";
import { emitBox } from "./resizing.js";

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
export class CenterCrop extends Layer<Arguments<typeof table>> implements FixesSize {
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

  sourceBox(image: Size2d): SourceBox {
    return centerBox(image, [this.args.height, this.args.width]);
  }

  get resampling(): Resize2dAttrs {
    const { height, width } = this.args;
    return { size: [height, width], interpolation: "bilinear" };
  }
}

/** The middle of an image, or what is resized where the image is smaller. */
export function centerBox(
  [height, width]: Size2d,
  size: Size2d,
): Required<Pick<SourceBox, "size" | "start">> {
  const [more, wider] = [height - size[0], width - size[1]];
  if (more < 0 || wider < 0) return cropBox([height, width], size);
  return { size, start: [Math.floor(more / 2), Math.floor(wider / 2)] };
}

export function emitCenterCrop(g: GraphBuilder, images: Value, size: Size2d): Value {
  const [, height, width] = images.shape;
  const cropped = emitBox(g, images, centerBox([height, width], size));
  const isCut = height >= size[0] && width >= size[1];
  return isCut ? cropped : g.apply(resize2d, [cropped], { size, interpolation: "bilinear" })[0];
}
