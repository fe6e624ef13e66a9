import { oneOf } from "../../../options/checks.js";
import type { Arguments } from "../../../options/fields.js";
import { single, type Padding } from "../arguments.js";
import { layerOptions } from "../layerOptions.js";
import { Convolution, convolutionFields, convolutionFixed, type ConvolutionOptions } from "./convolution.js";

export type Conv1DOptions = ConvolutionOptions<number, Padding | "causal">;

const padding = oneOf<Padding | "causal">(["same", "valid", "causal"]);

const table = layerOptions<Conv1DOptions>("Conv1D").fields(
  convolutionFields(single, 1, padding, "valid"),
  convolutionFixed,
);

/**
 * 1-D convolution of sequences (steps, channels) with a kernel (window, in / groups, out), then bias and activation.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new Conv1D({ filters: 32, kernelSize: 3, activation: "relu" }).apply(steps).shape); // [ 98, 32 ]
 */
export class Conv1D extends Convolution<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: Conv1DOptions) {
    super(options);
  }
}
