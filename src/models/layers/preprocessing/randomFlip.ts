import { oneOf } from "../../../options/checks.js";
import { ignored, optional, type Arguments } from "../../../options/fields.js";
import { channelsLast } from "../arguments.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { RandomLayer } from "./randomLayer.js";

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

/** Mirrors each image, or does not. */
export class RandomFlip extends RandomLayer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: RandomFlipOptions) {
    super(options);
  }
}
