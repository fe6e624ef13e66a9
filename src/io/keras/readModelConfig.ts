/** The architecture that a saved model holds, and how it was compiled. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { withHdf5 } from "../hdf5/reader.js";
import { extractArchive, isZip } from "./archive.js";
import { parseJson } from "./json.js";
import { parseModelConfig, type ModelConfig } from "./modelConfig.js";

export interface TrainingConfig {
  optimizer?: { className: string; config: Record<string, unknown> };
  /** As saved: a name, a list, or an object. */
  loss: unknown;
  metrics: unknown;
}

export interface SavedModelConfig {
  modelConfig: ModelConfig;
  /** Absent when the model was saved uncompiled. */
  trainingConfig?: TrainingConfig;
  kerasVersion: string;
}

/** Reads the configuration of a `model.save` .h5 or a .keras file. Throws `bad-input` where there is none. */
export async function readModelConfig(path: string): Promise<SavedModelConfig> {
  if (await isZip(path)) {
    const { config, kerasVersion } = await extractArchive(path, { weights: false });
    const compiled = z.looseObject({ compile_config: z.unknown() }).safeParse(config);
    return assemble(path, config, compiled.data?.compile_config, kerasVersion);
  }
  return withHdf5(path, ({ root }) => {
    const model = root.string("model_config");
    if (model === undefined) {
      throw new WgraftError(
        "bad-input",
        `${path}: holds weights only, no model; build the model and load them into it`,
      );
    }
    const training = root.string("training_config");
    return assemble(
      path,
      parseJson(model, path),
      training === undefined ? undefined : parseJson(training, path),
      root.string("keras_version") ?? "1",
    );
  });
}

const record = z.record(z.string(), z.unknown());
const optimizerSchema = z.looseObject({ class_name: z.string(), config: record });
/** In .h5 files the optimizer is `optimizer_config`, in .keras files `optimizer`. */
const trainingSchema = z.looseObject({
  optimizer_config: optimizerSchema.optional(),
  optimizer: z.union([optimizerSchema, z.string(), z.null()]).optional(),
  loss: z.unknown().optional(),
  metrics: z.unknown().optional(),
});

function assemble(path: string, model: unknown, training: unknown, kerasVersion: string): SavedModelConfig {
  const modelConfig = parseModelConfig(model, path);
  if (training === undefined || training === null) return { modelConfig, kerasVersion };
  const parsed = trainingSchema.safeParse(training);
  if (!parsed.success)
    throw new WgraftError("bad-input", `${path}: its training configuration cannot be read`);
  const { optimizer_config, optimizer, loss, metrics } = parsed.data;
  // A .keras file of an uncompiled model has an empty compile_config.
  if (loss === undefined) return { modelConfig, kerasVersion };
  const saved = optimizer_config ?? (typeof optimizer === "object" ? optimizer : null);
  return {
    modelConfig,
    kerasVersion,
    trainingConfig: {
      ...(saved && { optimizer: { className: saved.class_name, config: saved.config } }),
      loss,
      metrics,
    },
  };
}
