import { ignored, optional, required, type Arguments } from "../../../options/fields.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { factor, RandomColor, valueRange, type Factor } from "./randomLayer.js";

export interface RandomBrightnessOptions extends LayerOptions {
  /** 0.2 is −0.2 to 0.2 of the range, or [lower, upper]. */
  factor: Factor;
  /** What values lie between. Default [0, 255]. */
  valueRange?: readonly number[];
}

const table = layerOptions<RandomBrightnessOptions>("RandomBrightness").fields(
  { factor: required(factor), valueRange: optional(valueRange, [0, 255]) },
  { seed: ignored(null) },
);

/**
 * Leaves images as they are in prediction. In training it is an error: the brightness is not changed yet.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomBrightness({ factor: 0.2 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class RandomBrightness extends RandomColor<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RandomBrightnessOptions) {
    super(options);
  }
}
