import { oneOf } from "../../../options/checks.js";
import { ignored, optional, type Arguments } from "../../../options/fields.js";
import { channelsLast } from "../arguments.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { RandomWarp } from "./randomLayer.js";

export interface RandomFlipOptions extends LayerOptions {
  /** Default "horizontal_and_vertical". */
  mode?: "horizontal" | "vertical" | "horizontal_and_vertical";
}

const table = layerOptions<RandomFlipOptions>("RandomFlip").fields(
  {
    mode: optional(oneOf(["horizontal", "vertical", "horizontal_and_vertical"]), "horizontal_and_vertical"),
  },
  { seed: ignored(null), ...channelsLast },
);

/**
 * Mirrors half of the images in training.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new RandomFlip({ mode: "horizontal" }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class RandomFlip extends RandomWarp<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: RandomFlipOptions) {
    super(options);
  }

  protected override transform() {
    const { mode } = this.args;
    return { flipHeight: mode !== "horizontal", flipWidth: mode !== "vertical" };
  }
}
