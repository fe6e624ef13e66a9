/** The architecture of a saved model, and how it was compiled. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { parseJson } from "../json.js";
import { parseModelConfig, type ModelConfig } from "./modelConfig.js";
import { configOf, type SavedFile } from "./savedFile.js";

export interface TrainingConfig {
  optimizer?: { className: string; config: Record<string, unknown> };
  /** As saved: a name, a list, or an object. */
  loss: unknown;
  /** As saved: null, a number, a list, or an object. */
  lossWeights?: unknown;
  metrics: unknown;
}

export interface SavedModelConfig {
  modelConfig: ModelConfig;
  /** Absent when the model was saved uncompiled. */
  trainingConfig?: TrainingConfig;
  kerasVersion: string;
}

/** The configuration of a `model.save` .h5 or a .keras file. Throws `bad-input` where there is none. */
export function readModelConfig(file: SavedFile): SavedModelConfig {
  const { hdf5, archive, path } = file;
  const model = configOf(file);
  if (model === undefined)
    throw hdf5.error("contains only weights, no model; build the model and load them into it");
  if (archive) {
    const compiled = z.looseObject({ compile_config: z.unknown() }).safeParse(model);
    return assemble(path, model, compiled.data?.compile_config, archive.kerasVersion);
  }
  const training = hdf5.root.string("training_config");
  return assemble(
    path,
    model,
    training === undefined ? undefined : parseJson(training, path, "training configuration"),
    hdf5.root.string("keras_version") ?? "1",
  );
}

const record = z.record(z.string(), z.unknown());
const optimizerSchema = z.looseObject({ class_name: z.string(), config: record });
/** In .h5 files the optimizer is `optimizer_config`, in .keras files `optimizer`. */
const trainingSchema = z.looseObject({
  optimizer_config: optimizerSchema.optional(),
  optimizer: z.union([optimizerSchema, z.string(), z.null()]).optional(),
  loss: z.unknown().optional(),
  loss_weights: z.unknown().optional(),
  metrics: z.unknown().optional(),
});

function assemble(path: string, model: unknown, training: unknown, kerasVersion: string): SavedModelConfig {
  const modelConfig = parseModelConfig(model, path);
  if (training === undefined || training === null) return { modelConfig, kerasVersion };
  const parsed = trainingSchema.safeParse(training);
  if (!parsed.success)
    throw new WgraftError("bad-input", `${path}: its training configuration cannot be read`);
  const { optimizer_config, optimizer, loss, loss_weights, metrics } = parsed.data;
  // A .keras file of an uncompiled model has an empty compile_config.
  if (loss === undefined) return { modelConfig, kerasVersion };
  // A name stands for its class, at its defaults.
  const named = typeof optimizer === "string" ? { class_name: optimizer, config: {} } : optimizer;
  const saved = optimizer_config ?? named;
  return {
    modelConfig,
    kerasVersion,
    trainingConfig: {
      ...(saved && { optimizer: { className: saved.class_name, config: saved.config } }),
      loss,
      lossWeights: loss_weights,
      metrics,
    },
  };
}
