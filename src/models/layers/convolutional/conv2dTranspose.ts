import type { Arguments } from "../../../options/fields.js";
import { pair } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import {
  outputPaddingPair,
  Transposed,
  transposedFields,
  transposedFixed,
  type TransposedOptions,
} from "./transposed.js";

export type Conv2DTransposeOptions = TransposedOptions<number | readonly [number, number]>;

const table = layerOptions<Conv2DTransposeOptions>("Conv2DTranspose").fields(
  transposedFields(pair, 1, outputPaddingPair),
  transposedFixed,
);

/**
 * A transposed 2-D convolution, then bias and activation.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new Conv2DTranspose({ filters: 32, kernelSize: 2, strides: 2 }).apply(maps).shape); // [ 56, 56, 32 ]
 */
export class Conv2DTranspose extends Transposed<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: Conv2DTransposeOptions) {
    super(options);
  }
}
