/** What report.html says of a training besides its epochs: the saved model's figures, its settings. */
import { WgraftError } from "../../errors.js";
import type { RunReport } from "../../io/report/runPage.js";
import { classify } from "../../models/data/score.js";
import type { Model } from "../../models/model.js";
import { meaningOfOutput } from "../../models/outputs.js";
import { summary } from "../../models/summary.js";
import type { BatchSource } from "../../models/training/batches.js";
import { firstNonFinite } from "../../models/training/nonFinite.js";
import { tensor } from "../../tensor.js";
import { Assessor, type AssessedSample } from "../assessment/assessor.js";
import { reportedSettings, type RunConfig, type ValidationFigures } from "../run/config.js";

export interface ValidationSample extends AssessedSample {
  /** Index of its class. */
  readonly label: number;
}

/** Of a training that is over: see `Training`. */
interface Trained {
  readonly model: Model;
  readonly trained?: Model;
  readonly validation?: BatchSource;
  readonly validationFiles?: readonly ValidationSample[];
}

type Assessed = Pick<RunReport, "assessment" | "unassessed">;

/**
 * Figures of the model as it is now: one pass over the validation samples, as long as that of an epoch. A run does not fail for
 * them: where there are none, the report says why.
 */
export async function assessValidation(
  { model, trained = model, validation, validationFiles }: Trained,
  { settings, base }: RunConfig,
  interrupted: boolean,
  signal: AbortSignal | undefined,
): Promise<Assessed> {
  if (!validation || !validationFiles)
    return {
      unassessed:
        "Nothing was validated, so there are no figures of the model on samples that it has not seen.",
    };
  const missing = {
    unassessed: "The training was interrupted, and the figures on validation samples were not computed.",
  };
  if (interrupted) return missing;
  const assessor = new Assessor(base.classNames);
  const meaning = meaningOfOutput(model);
  let hasAllNumbers = true;
  const onPredictions = (values: Float32Array, places: readonly number[]) => {
    hasAllNumbers &&= firstNonFinite(values) < 0;
    if (!hasAllNumbers) return;
    const outputs = tensor(values, [places.length, ...model.outputShape]);
    for (const [i, found] of classify(outputs, base.classNames.length, meaning).entries()) {
      const sample = validationFiles[places[i]];
      assessor.add(sample.label, found, sample);
    }
  };
  const { batchSize, validationSteps } = settings;
  try {
    const steps = validationSteps ?? undefined;
    const { loss, acc } = await trained.evaluate(validation, { batchSize, steps, signal, onPredictions });
    if (!hasAllNumbers)
      return {
        unassessed:
          "Some outputs of the model on validation samples are not finite, so there are no figures.",
      };
    const known = { split: "validation", loss, accuracy: acc, exif: base.exif ?? false };
    return { assessment: await assessor.finish(known) };
  } catch (error) {
    if (error instanceof WgraftError && error.code === "aborted") return missing;
    throw error;
  }
}

/** For config.json. */
export function figuresOf({ assessment }: Assessed): ValidationFigures | undefined {
  if (!assessment) return undefined;
  const { samples, loss, accuracy, macro, roc, calibration } = assessment;
  const auc = roc && { auc: roc.auc };
  return { samples, loss, accuracy, f1: macro.f1, ...auc, calibrationError: calibration.error };
}

/** Settings, layers and versions. */
export function describeRun(
  config: RunConfig,
  model: Model,
): Pick<RunReport, "config" | "modelSummary" | "environment"> {
  const { wgraft, adapter, toggles } = config;
  return {
    config: reportedSettings(config),
    modelSummary: summary(model).join("\n"),
    environment: { wgraft, node: process.version, adapter, toggles },
  };
}
