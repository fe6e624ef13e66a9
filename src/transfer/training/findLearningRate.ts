/** Finds a learning rate for a training, without a run. */
import { sweepLearningRate, type LearningRateSweep } from "./learningRateSweep.js";
import { searchOnFeatures, type HeadTrainingOptions } from "./trainHead.js";
import type { ImageTrainingOptions } from "./imageSettings.js";
import { searchOnImages } from "./trainOnImages.js";

/**
 * Trains for 100 steps with a learning rate that rises from 1e-6 to 10, and suggests the one at which the loss falls fastest.
 * Writes nothing.
 * @param options of the training that the rate is for
 * @throws WgraftError as `trainOnImages`; `usage` with `resume`
 * @example
 * const { suggested } = await findLearningRateOnImages({ data: "photos", preset: "quick" });
 */
export function findLearningRateOnImages(options: ImageTrainingOptions): Promise<LearningRateSweep> {
  return searchOnImages(options, sweepLearningRate);
}

/**
 * The same for a training on features, as `trainHead`.
 * @example
 * const { suggested } = await findLearningRateOnFeatures({ features: "features.h5", optimizer: "adam" });
 */
export function findLearningRateOnFeatures(options: HeadTrainingOptions): Promise<LearningRateSweep> {
  return searchOnFeatures(options, sweepLearningRate);
}
