/** What report.html says of a training besides its epochs: the saved model's figures, its settings. */
import { WgraftError, type ErrorCode } from "../../errors.js";
import type { RunReport } from "../../io/report/runPage.js";
import type { Device } from "../../kernels/gpu/device.js";
import { classify } from "../../models/data/score.js";
import type { Model } from "../../models/model.js";
import { meaningOfOutput } from "../../models/outputs.js";
import { summary } from "../../models/summary.js";
import type { BatchSource } from "../../models/training/batches.js";
import { firstNonFinite } from "../../models/training/nonFinite.js";
import { tensor } from "../../tensor.js";
import { Assessor, type AssessedSample } from "../assessment/assessor.js";
import { openImageInputs } from "../classifier/imageInputs.js";
import { explainSome } from "../explain/explainSome.js";
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

/** How a training ended. */
interface RunEnd {
  /** The run's folder. */
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly interrupted: boolean;
}

type Assessed = Pick<RunReport, "assessment" | "unassessed" | "heatMaps" | "unexplained">;

/**
 * Figures of the model as it is now, and heat maps of some images: one pass over the validation samples, as long as that of an
 * epoch. A run does not fail for them: where there are none, the report says why.
 */
export async function assessValidation(
  training: Trained,
  config: RunConfig,
  device: Device,
  end: RunEnd,
): Promise<Assessed> {
  const { validation, validationFiles } = training;
  if (!validation || !validationFiles)
    return {
      unassessed: "Nothing was validated: there are no figures on samples that the model has not seen.",
    };
  if (end.interrupted) return { unassessed: interruption };
  try {
    return await assess({ ...training, validation, validationFiles }, config, device, end);
  } catch (error) {
    if (!(error instanceof WgraftError) || !excused.includes(error.code)) throw error;
    const why =
      error.code === "aborted"
        ? interruption
        : `There are no figures on validation samples: ${error.message}.`;
    return { unassessed: why };
  }
}

const interruption = "The training was interrupted before its figures on validation samples were computed.";

/** What does not cost a run its model: an image that is gone, too little memory, an interruption. */
const excused: readonly ErrorCode[] = ["aborted", "bad-input", "io", "out-of-memory"];

async function assess(
  {
    model,
    trained = model,
    validation,
    validationFiles,
  }: Trained & Required<Pick<Trained, "validation" | "validationFiles">>,
  { settings, base, features }: RunConfig,
  device: Device,
  { out, signal }: RunEnd,
): Promise<Assessed> {
  const { classNames, exif = false } = base;
  const assessor = new Assessor(classNames);
  const meaning = meaningOfOutput(model);
  const onPredictions = (values: Float32Array, places: readonly number[]) => {
    const at = firstNonFinite(values);
    if (at >= 0) throw new WgraftError("bad-input", `an output of the model is ${values[at]}`);
    const outputs = tensor(values, [places.length, ...model.outputShape]);
    for (const [i, found] of classify(outputs, classNames.length, meaning).entries()) {
      const sample = validationFiles[places[i]];
      assessor.add(sample.label, found, sample);
    }
  };
  const { batchSize, validationSteps } = settings;
  const pass = { batchSize, steps: validationSteps ?? undefined, signal, onPredictions };
  const { loss, acc } = await trained.evaluate(validation, pass);
  const assessment = await assessor.finish({ split: "validation", loss, accuracy: acc, exif });
  if (features !== undefined) return { assessment };
  const saved = { model, device, path: out, base, takesImages: true, meaning };
  const images = await openImageInputs(saved, { batchSize, signal });
  return { assessment, ...(await explainSome(assessor.toExplain(), { saved, images, classNames }, signal)) };
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
