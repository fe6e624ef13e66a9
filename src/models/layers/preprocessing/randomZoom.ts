import { ignored, nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { channelsLast } from "../arguments.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { factor, RandomWarp, warpFields, type Factor, type WarpOptions } from "./randomLayer.js";

export interface RandomZoomOptions extends LayerOptions, WarpOptions {
  /** How much more of the height is shown: 0.2 is −0.2 (zoomed in) to 0.2 (zoomed out), or [lower, upper]. */
  heightFactor: Factor;
  /** The same of the width. Default: as high, so that shapes stay. */
  widthFactor?: Factor | null;
}

const table = layerOptions<RandomZoomOptions>("RandomZoom").fields(
  {
    heightFactor: required(factor),
    widthFactor: nullable(optional(factor)),
    ...warpFields,
  },
  { seed: ignored(null), ...channelsLast },
);

/**
 * Zooms into images, or out of them, at random in training.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomZoom({ heightFactor: 0.2 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class RandomZoom extends RandomWarp<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RandomZoomOptions) {
    super(options);
  }

  protected override get warp() {
    return this.args;
  }

  protected override transform() {
    const factors = ([low, high]: readonly number[]) => [1 + low, 1 + high] as const;
    const { heightFactor, widthFactor } = this.args;
    return { zoomHeight: factors(heightFactor), zoomWidth: widthFactor ? factors(widthFactor) : null };
  }
}
