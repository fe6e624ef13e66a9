import type { Arguments } from "../../../options/fields.js";
import { padding, single, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { Depthwise } from "./depthwise.js";
import { depthwiseFields, depthwiseFixed, type DepthwiseOptions } from "./depthwiseBase.js";

export type DepthwiseConv1DOptions = DepthwiseOptions<number, Padding>;

const table = layerOptions<DepthwiseConv1DOptions>("DepthwiseConv1D").fields(
  depthwiseFields(single, 1, padding, "valid"),
  depthwiseFixed,
);

/**
 * A 1-D convolution of each channel by itself, with a kernel (window, channels, depthMultiplier).
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new DepthwiseConv1D({ kernelSize: 3, padding: "same" }).apply(steps).shape); // [ 100, 16 ]
 */
export class DepthwiseConv1D extends Depthwise<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DepthwiseConv1DOptions) {
    super(options);
  }
}
