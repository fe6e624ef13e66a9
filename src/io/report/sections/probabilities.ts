/** What the probabilities are worth: the ROC curve of two classes, and the calibration. */
import type { Assessment, Calibration, RocCurve } from "../assessment.js";
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

function rocTable({ thresholds, positive }: RocCurve): Html {
  return table({
    caption: `Rates by threshold: ${positive} from this probability on`,
    label: "Data of the ROC curve",
    head: ["threshold", "true positives", "false positives"],
    rows: thresholds.map(({ threshold, truePositives, falsePositives }) => [
      threshold.toFixed(2),
      percent(truePositives),
      percent(falsePositives),
    ]),
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
