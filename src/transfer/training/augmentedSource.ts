/** Images as a training takes them. */
import { ImageDataGenerator } from "../../models/data/imageDataGenerator.js";
import type { BatchSource } from "../../models/training/batches.js";
import type { Augmentation } from "../data/augmentation.js";
import { skipper, type ImageSplit } from "../data/imageData.js";
import type { SkipOptions } from "../options.js";
import { imageOptionsOf, type FeaturesMeta } from "../provenance.js";
import type { ImageSettings, RunSettings } from "../run/config.js";

/** Decoded once as far as memory goes, and augmented on the GPU. */
export function augmentedSource(
  split: ImageSplit,
  augment: Augmentation,
  base: FeaturesMeta,
  { seed, shuffle, batchSize }: RunSettings,
  { skipBad }: ImageSettings,
  { onSkip }: SkipOptions,
): Promise<BatchSource> {
  const { classNames } = base;
  const { height, width, preprocess, ...reading } = imageOptionsOf(base);
  const generator = new ImageDataGenerator({ ...augment, preprocessingFunction: preprocess });
  return generator.flowFromDirectory(
    { classNames, files: split.files },
    {
      targetSize: [height, width],
      // Class indices, which both losses take.
      classMode: "sparse",
      ...{ ...reading, skipBad, onSkip: skipper(split, classNames, onSkip), batchSize, seed, shuffle },
    },
  );
}
