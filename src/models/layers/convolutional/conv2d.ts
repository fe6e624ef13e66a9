import type { Arguments } from "../../../options/fields.js";
import { padding, pair, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { Convolution, convolutionFields, convolutionFixed, type ConvolutionOptions } from "./convolution.js";

export type Conv2DOptions = ConvolutionOptions<number | readonly [number, number], Padding>;

const table = layerOptions<Conv2DOptions>("Conv2D").fields(
  convolutionFields(pair, 1, padding, "valid"),
  convolutionFixed,
);

/**
 * 2-D convolution of NHWC images with a kernel (height, width, in / groups, out), then bias and activation.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }).apply(image).shape); // [ 148, 148, 32 ]
 */
export class Conv2D extends Convolution<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: Conv2DOptions) {
    super(options);
  }
}
