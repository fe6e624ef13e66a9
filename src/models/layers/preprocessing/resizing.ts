import { add } from "../../../kernels/elementwise/binary.js";
import { resize2d, resizeInterpolations, type ResizeInterpolation } from "../../../kernels/image/resize2d.js";
import type { Size2d } from "../../../kernels/common/window2d.js";
import type { SourceBox } from "../../../kernels/image/resizeImages.js";
import { toBytes } from "../../../kernels/image/toBytes.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { crop2d, zeroPad2d } from "../../../kernels/shape/pad.js";
import { flag, number, oneOf, positiveInteger } from "../../../options/checks.js";
import { fixed, optional, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { cropBox, padding } from "./aspectRatio.js";
import { vector } from "./numbers.js";
import type { FixesSize } from "./sourceBox.js";

export interface ResizingOptions extends LayerOptions {
  /** Of the result. */
  height: number;
  /** Of the result. */
  width: number;
  /** Default "bilinear". */
  interpolation?: ResizeInterpolation;
  /** Cut to the result's aspect ratio first, instead of stretching. Default false. */
  cropToAspectRatio?: boolean;
  /** Pad to the result's aspect ratio first, instead of stretching. Default false. */
  padToAspectRatio?: boolean;
  /** What is padded with. Default 0. */
  fillValue?: number;
  /** Whether each pixel of a smaller result is made of all that it stands for. Default false. */
  antialias?: boolean;
}

const table = layerOptions<ResizingOptions>("Resizing").fields(
  {
    height: required(positiveInteger),
    width: required(positiveInteger),
    interpolation: optional(oneOf(resizeInterpolations), "bilinear"),
    cropToAspectRatio: optional(flag, false),
    padToAspectRatio: optional(flag, false),
    fillValue: optional(number(), 0),
    antialias: optional(flag, false),
  },
  { fill_mode: fixed("constant"), ...channelsLast },
);

/**
 * Images in another size; of whole numbers, rounded to such. Follows keras/src/layers/preprocessing/image_preprocessing/resizing.py.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new Resizing({ height: 224, width: 224 }).apply(image).shape); // [ 224, 224, 3 ]
 */
export class Resizing extends Layer<Arguments<typeof table>> implements FixesSize {
  static override readonly table = table;

  constructor(options: ResizingOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = imageShape(this, input);
    return [this.args.height, this.args.width, channels];
  }

  override call({ graph, integers }: CallContext, input: Value): Value {
    const resized = this.resized(graph, input);
    return integers ? graph.add(toBytes, [resized], { rounding: "nearest" }) : resized;
  }

  private resized(graph: GraphBuilder, input: Value): Value {
    const { cropToAspectRatio, padToAspectRatio, fillValue } = this.args;
    const { size, interpolation, antialias } = this.resampling;
    const [, height, width] = input.shape;
    // To its own size an image is resampled to what it is.
    if (height === size[0] && width === size[1]) return input;
    const cropped = cropToAspectRatio ? emitBox(graph, input, cropBox([height, width], size)) : input;
    const whole = padToAspectRatio ? padded(graph, cropped, size, fillValue) : cropped;
    return graph.apply(resize2d, [whole], { size, interpolation, antialias })[0];
  }

  sourceBox(image: Size2d): SourceBox {
    const { cropToAspectRatio, padToAspectRatio } = this.args;
    const { size } = this.resampling;
    if (cropToAspectRatio) return cropBox(image, size);
    return { size: image, ...(padToAspectRatio && { padding: padding(image, size) }) };
  }

  get resampling() {
    const { height, width, interpolation, antialias, fillValue } = this.args;
    return { size: [height, width] as const, interpolation, antialias, fillValue };
  }
}

/** A part of images. */
export function emitBox(
  g: GraphBuilder,
  images: Value,
  { size, start }: { readonly size: Size2d; readonly start: Size2d },
): Value {
  const [, height, width] = images.shape;
  const [top, left] = start;
  const pads = [top, height - size[0] - top, left, width - size[1] - left] as const;
  return pads.some((pad) => pad > 0) ? g.apply(crop2d, [images], { pads })[0] : images;
}

/** Zeros are what is padded with, so what is to be there is taken away before, and added after. */
function padded(g: GraphBuilder, images: Value, target: Size2d, fillValue: number): Value {
  const [, height, width] = images.shape;
  const [rows, columns] = padding([height, width], target);
  if (rows === 0 && columns === 0) return images;
  const shifted = (x: Value, by: number) => (by === 0 ? x : g.apply(add, [x, vector(g, [by])], {})[0]);
  const pads = [rows, rows, columns, columns] as const;
  return shifted(g.apply(zeroPad2d, [shifted(images, -fillValue)], { pads })[0], fillValue);
}
