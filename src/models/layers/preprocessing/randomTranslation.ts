import { ignored, required, type Arguments } from "../../../options/fields.js";
import { channelsLast } from "../arguments.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { factor, RandomWarp, warpFields, type Factor, type WarpOptions } from "./randomLayer.js";

export interface RandomTranslationOptions extends LayerOptions, WarpOptions {
  /** How far down, as a share of the height: 0.2 is −0.2 to 0.2, or [lower, upper]. */
  heightFactor: Factor;
  /** How far to the right, as a share of the width. */
  widthFactor: Factor;
}

const table = layerOptions<RandomTranslationOptions>("RandomTranslation").fields(
  {
    heightFactor: required(factor),
    widthFactor: required(factor),
    ...warpFields,
  },
  { seed: ignored(null), ...channelsLast },
);

/**
 * Moves images by a random distance in training.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class RandomTranslation extends RandomWarp<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RandomTranslationOptions) {
    super(options);
  }

  protected override get warp() {
    return this.args;
  }

  protected override transform([height, width]: readonly [number, number]) {
    const pixels = ([low, high]: readonly number[], size: number) => [low * size, high * size] as const;
    const { heightFactor, widthFactor } = this.args;
    return { shiftHeight: pixels(heightFactor, height), shiftWidth: pixels(widthFactor, width) };
  }
}
