import type { Arguments } from "../../../options/fields.js";
import { padding, single, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { depthwiseFixed } from "./depthwiseBase.js";
import { Separable, separableFields, type SeparableOptions } from "./separable.js";

export type SeparableConv1DOptions = SeparableOptions<number, Padding>;

const table = layerOptions<SeparableConv1DOptions>("SeparableConv1D").fields(
  separableFields(single, 1, padding, "valid"),
  depthwiseFixed,
);

/**
 * A 1-D convolution of each channel by itself, then one of window 1 across channels.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new SeparableConv1D({ filters: 32, kernelSize: 3, padding: "same" }).apply(steps).shape); // [ 100, 32 ]
 */
export class SeparableConv1D extends Separable<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: SeparableConv1DOptions) {
    super(options);
  }
}
