/** Finds a learning rate for a training, without a run. */
import { WgraftError } from "../../errors.js";
import { sweepLearningRate, type LearningRateSweep } from "./learningRateSweep.js";
import type { TrainingOptions } from "./options.js";
import { searchOnFeatures, type HeadTrainingOptions } from "./trainHead.js";
import { searchOnImages, type ImageTrainingOptions } from "./trainOnImages.js";

/**
 * Trains for 100 steps with a learning rate that rises from 1e-6 to 10, and suggests the one at which the loss falls fastest.
 * Writes nothing.
 * @param options of the training that the rate is for
 * @throws WgraftError as `trainOnImages` and `trainHead`; `usage` with `resume`
 * @example
 * const { suggested } = await findLearningRate({ data: "photos", preset: "quick" });
 */
export async function findLearningRate(
  options: ImageTrainingOptions | HeadTrainingOptions,
): Promise<LearningRateSweep> {
  refuseResumption(options);
  if ("features" in options && options.features !== undefined)
    return searchOnFeatures(options, sweepLearningRate);
  return searchOnImages(options as ImageTrainingOptions, sweepLearningRate);
}

function refuseResumption({ resume }: TrainingOptions): void {
  if (!resume) return;
  throw new WgraftError("usage", "a search for the learning rate starts a training; omit `resume`", {
    option: "resume",
  });
}
