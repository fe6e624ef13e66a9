/** How far the probability of the predicted class agrees with how often it is right. */
import type { Calibration } from "../../io/report/assessment.js";

const defaultBins = 10;

/**
 * After Guo et al., "On Calibration of Modern Neural Networks" (2017): bins of equal width, the lower bound exclusive.
 * @param confidences probability of the predicted class, of each sample
 * @param isRight whether the predicted class is the actual one
 */
export function calibrationOf(
  confidences: readonly number[],
  isRight: readonly boolean[],
  bins = defaultBins,
): Calibration {
  const sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, right: 0 }));
  confidences.forEach((confidence, i) => {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))];
    bin.samples++;
    bin.confidence += confidence;
    if (isRight[i]) bin.right++;
  });
  const distance = sums.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0);
  const found = sums.map(({ samples, confidence, right }, i) => ({
    low: i / bins,
    high: (i + 1) / bins,
    samples,
    confidence: confidence / samples,
    accuracy: right / samples,
  }));
  return {
    bins: found.filter(({ samples }) => samples > 0),
    error: confidences.length > 0 ? distance / confidences.length : 0,
  };
}
