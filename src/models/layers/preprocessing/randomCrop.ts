import type { Size2d } from "../../../kernels/common/window2d.js";
import type { Resize2dAttrs } from "../../../kernels/image/resize2d.js";
import type { SourceBox } from "../../../kernels/image/resizeImages.js";
import type { Value } from "../../../kernels/op.js";
import { positiveInteger } from "../../../options/checks.js";
import { ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { centerBox, emitCenterCrop } from "./centerCrop.js";
import { refuseTraining } from "./randomLayer.js";
import type { FixesSize } from "./sourceBox.js";

export interface RandomCropOptions extends LayerOptions {
  /** Of the result. */
  height: number;
  /** Of the result. */
  width: number;
}

const table = layerOptions<RandomCropOptions>("RandomCrop").fields(
  { height: required(positiveInteger), width: required(positiveInteger) },
  { seed: ignored(null), ...channelsLast },
);

/**
 * The middle of an image in prediction, as `CenterCrop`. In training it is an error: no random part is taken yet.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomCrop({ height: 128, width: 128 }).apply(image).shape); // [ 128, 128, 3 ]
 */
export class RandomCrop extends Layer<Arguments<typeof table>> implements FixesSize {
  static override readonly table = table;

  constructor(options: RandomCropOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = imageShape(this, input);
    return [this.args.height, this.args.width, channels];
  }

  override call(context: CallContext, input: Value): Value {
    refuseTraining(this, context);
    return emitCenterCrop(context.graph, input, [this.args.height, this.args.width]);
  }

  sourceBox(image: Size2d): SourceBox {
    return centerBox(image, [this.args.height, this.args.width]);
  }

  get resampling(): Resize2dAttrs {
    const { height, width } = this.args;
    return { size: [height, width], interpolation: "bilinear" };
  }
}
