/** What the probabilities are worth: the ROC curve of two classes, and the calibration. */
import type { Assessment, Calibration, RocCurve, RocPoint } from "../assessment.js";
import { markup, type Html } from "../html.js";
import { figure, percent, plot, table, type Section } from "../parts.js";
import { calibrationSpec, rocSpec } from "../plots/figures.js";
import { renderSvg } from "../plots/svg.js";

/** @returns undefined for more than two classes, and where all samples are of one */
export async function rocSection({ roc, split, classNames }: Assessment): Promise<Section | undefined> {
  if (!roc) return undefined;
  const { auc, positive } = roc;
  const description = `ROC curve of ${positive} against ${classNames[0]} on ${split}: area ${auc.toFixed(4)}`;
  return {
    id: "roc",
    heading: "ROC",
    body: [
      markup`<p>What each threshold on the probability of ${positive} would give. The area under the curve, ${auc.toFixed(4)}, is the probability that a sample of ${positive} gets a higher one than a sample of ${classNames[0]}.</p>`,
      sideBySide(plot(await renderSvg(rocSpec(roc)), description), rocTable(roc)),
    ],
  };
}

/** A plot and its table, below each other on narrow screens. */
function sideBySide(drawing: Html, data: Html): Html {
  return markup`<div class="plots">${[drawing, data]}</div>`;
}

/** What these thresholds would give, and not every point of the curve. */
const thresholds = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/** The rates where samples of at least this probability are positive. */
function at(points: readonly RocPoint[], threshold: number): RocPoint {
  return points.findLast((point) => point.threshold >= threshold) ?? points[0];
}

function rocTable({ points, positive }: RocCurve): Html {
  return table({
    caption: `Rates by threshold: ${positive} from this probability on`,
    label: "Data of the ROC curve",
    head: ["threshold", "true positives", "false positives"],
    rows: thresholds.map((threshold) => {
      const { truePositives, falsePositives } = at(points, threshold);
      return [threshold.toFixed(2), percent(truePositives), percent(falsePositives)];
    }),
  });
}

export async function calibrationSection({ calibration, split }: Assessment): Promise<Section> {
  const { error } = calibration;
  const description = `Calibration on ${split}: expected calibration error ${error.toFixed(4)}; the table next to it has its bars`;
  return {
    id: "calibration",
    heading: "Calibration",
    body: [
      markup`<p>Of predictions with a probability near 90%, 90% should be right. Bars below the dashed line: the model is too sure of itself; above it: not sure enough. The expected calibration error, ${error.toFixed(4)}, is the mean distance.</p>`,
      sideBySide(
        plot(await renderSvg(calibrationSpec(calibration)), description),
        calibrationTable(calibration),
      ),
    ],
  };
}

function calibrationTable({ bins }: Calibration): Html {
  return table({
    caption: "By the probability of the predicted class",
    label: "Data of the calibration",
    head: ["probability", "samples", "mean probability", "right"],
    rows: bins.map(({ low, high, samples, confidence, accuracy }) => [
      `${low.toFixed(1)} to ${high.toFixed(1)}`,
      ...[samples, figure(confidence), figure(accuracy)],
    ]),
  });
}
