/** The ROC curve of two classes. */
import type { RocCurve, RocPoint } from "../../io/report/assessment.js";

/** More points could not be seen. The area is that of all of them. */
const mostPoints = 400;

/** Those that a table shows. */
const roundThresholds = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/**
 * Samples of one score change sides together, which makes a slope of the curve where both classes have that score, and counts
 * half in the area.
 * @param scores probability of the second class, of each sample
 * @param isPositive whether a sample is of the second class
 * @returns undefined where all samples are of one class
 */
export function rocCurve(
  scores: readonly number[],
  isPositive: readonly boolean[],
): Omit<RocCurve, "positive"> | undefined {
  const positives = isPositive.filter(Boolean).length;
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const points: RocPoint[] = [{ threshold: Infinity, falsePositives: 0, truePositives: 0 }];
  let [right, wrong, auc] = [0, 0, 0];
  order.forEach((sample, i) => {
    if (isPositive[sample]) right++;
    else wrong++;
    const threshold = scores[sample];
    if (i + 1 < order.length && scores[order[i + 1]] === threshold) return;
    const point = { threshold, falsePositives: wrong / negatives, truePositives: right / positives };
    const before = points[points.length - 1];
    auc +=
      ((point.falsePositives - before.falsePositives) * (point.truePositives + before.truePositives)) / 2;
    points.push(point);
  });
  // Looked up before points are omitted.
  const thresholds = roundThresholds.map((threshold) => {
    const reached = points.findLast((point) => point.threshold >= threshold) ?? points[0];
    return { ...reached, threshold };
  });
  return { auc, points: thinned(points), thresholds };
}

/** Without points that stand on a straight line between their neighbours, and of the rest no more than can be seen. */
function thinned(points: readonly RocPoint[]): RocPoint[] {
  const last = points.length - 1;
  const corners = points.filter((_, i) => {
    if (i === 0 || i === last) return true;
    const [before, after] = [points[i - 1], points[i + 1]];
    const isVertical = before.falsePositives === after.falsePositives;
    const isHorizontal = before.truePositives === after.truePositives;
    return !isVertical && !isHorizontal;
  });
  const step = Math.max(1, (corners.length - 1) / (mostPoints - 1));
  if (step === 1) return corners;
  return Array.from({ length: mostPoints }, (_, i) => corners[Math.round(i * step)]);
}
