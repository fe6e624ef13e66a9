import type { Arguments } from "../../../options/fields.js";
import { padding, pair, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { depthwiseFixed } from "./depthwiseBase.js";
import { Separable, separableFields, type SeparableOptions } from "./separable.js";

export type SeparableConv2DOptions = SeparableOptions<number | readonly [number, number], Padding>;

const table = layerOptions<SeparableConv2DOptions>("SeparableConv2D").fields(
  separableFields(pair, 1, padding, "valid"),
  depthwiseFixed,
);

/**
 * A 2-D convolution of each channel by itself, then one of window 1 across channels.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new SeparableConv2D({ filters: 128, kernelSize: 3, padding: "same" }).apply(maps).shape); // [ 28, 28, 128 ]
 */
export class SeparableConv2D extends Separable<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: SeparableConv2DOptions) {
    super(options);
  }
}
