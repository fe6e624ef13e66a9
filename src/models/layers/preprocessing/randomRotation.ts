import { ignored, required, type Arguments } from "../../../options/fields.js";
import { channelsLast } from "../arguments.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { factor, RandomWarp, warpFields, type Factor, type WarpOptions } from "./randomLayer.js";

export interface RandomRotationOptions extends LayerOptions, WarpOptions {
  /** The angle, as a share of a full turn: 0.2 is −72° to 72°, or [lower, upper]. */
  factor: Factor;
}

const table = layerOptions<RandomRotationOptions>("RandomRotation").fields(
  {
    factor: required(factor),
    ...warpFields,
  },
  { seed: ignored(null), ...channelsLast },
);

/**
 * Turns images counter-clockwise by a random angle in training.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomRotation({ factor: 0.1 }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class RandomRotation extends RandomWarp<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RandomRotationOptions) {
    super(options);
  }

  protected override get warp() {
    return this.args;
  }

  protected override transform() {
    const [low, high] = this.args.factor;
    return { angle: [2 * Math.PI * low, 2 * Math.PI * high] as const };
  }
}
