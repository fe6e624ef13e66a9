import type { Arguments } from "../../../options/fields.js";
import { single } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import {
  outputPaddingSingle,
  Transposed,
  transposedFields,
  transposedFixed,
  type TransposedOptions,
} from "./transposed.js";

export type Conv1DTransposeOptions = TransposedOptions<number>;

const table = layerOptions<Conv1DTransposeOptions>("Conv1DTranspose").fields(
  transposedFields(single, 1, outputPaddingSingle),
  transposedFixed,
);

/**
 * A transposed 1-D convolution, then bias and activation.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new Conv1DTranspose({ filters: 8, kernelSize: 2, strides: 2 }).apply(steps).shape); // [ 200, 8 ]
 */
export class Conv1DTranspose extends Transposed<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: Conv1DTransposeOptions) {
    super(options);
  }
}
