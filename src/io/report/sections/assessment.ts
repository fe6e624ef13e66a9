/** All that is shown of a model's figures on labelled samples. */
import type { Assessment, Explained } from "../assessment.js";
import type { Html } from "../html.js";
import { figure, percent, tile, type Section } from "../parts.js";
import { classesSection, confusionSection } from "./classes.js";
import { heatMapsSection, mistakesSection } from "./images.js";
import { calibrationSection, rocSection } from "./probabilities.js";

export async function assessmentSections(
  assessment: Assessment,
  explained: Explained = {},
): Promise<(Section | undefined)[]> {
  return [
    confusionSection(assessment),
    classesSection(assessment),
    await rocSection(assessment),
    await calibrationSection(assessment),
    mistakesSection(assessment),
    heatMapsSection(explained),
  ];
}

/** The figures that come first. */
export function assessmentTiles({
  split,
  samples,
  loss,
  accuracy,
  macro,
  roc,
  calibration,
}: Assessment): Html[] {
  return [
    tile("accuracy", percent(accuracy), `${samples} ${split} samples`),
    tile("loss", figure(loss), `on ${split} samples`),
    tile("F1", figure(macro.f1), "mean of the classes"),
    ...(roc ? [tile("ROC AUC", figure(roc.auc), "0.5 is chance")] : []),
    tile("calibration error", figure(calibration.error), "expected; 0 is perfect"),
  ];
}
