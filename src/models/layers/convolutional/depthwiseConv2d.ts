import type { Arguments } from "../../../options/fields.js";
import { padding, pair, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { Depthwise } from "./depthwise.js";
import { depthwiseFields, depthwiseFixed, type DepthwiseOptions } from "./depthwiseBase.js";

export type DepthwiseConv2DOptions = DepthwiseOptions<number | readonly [number, number], Padding>;

const table = layerOptions<DepthwiseConv2DOptions>("DepthwiseConv2D").fields(
  depthwiseFields(pair, 1, padding, "valid"),
  depthwiseFixed,
);

/**
 * A 2-D convolution of each channel by itself, with a kernel (height, width, channels, depthMultiplier).
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new DepthwiseConv2D({ kernelSize: 3, padding: "same" }).apply(maps).shape); // [ 28, 28, 64 ]
 */
export class DepthwiseConv2D extends Depthwise<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DepthwiseConv2DOptions) {
    super(options);
  }
}
