/** What a model takes, and where it comes from: inside its file, else in the config.json of its run. */
import { z } from "zod";
import { WgraftError } from "../errors.js";
import type { Model } from "../models/model.js";
import { conversionOf } from "../kernels/image/preprocessModes.js";
import type { Preprocess } from "../models/training/batches.js";
import { preprocessingLayer } from "./model/ownPreprocessing.js";
import { teachableMachineRecord } from "./model/teachableMachine.js";
import { provenanceSchema } from "./provenance.js";
import { readRunConfig } from "./run/config.js";

export const modelRecordSchema = z.object({
  /** Whether its inputs are images, or features extracted by the base. */
  takes: z.enum(["images", "features"]),
  base: provenanceSchema,
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

/**
 * @param file that the model was loaded from
 * @param onNote gets a line about a record that is neither in the file nor of a run
 * @returns undefined where nothing is recorded
 * @throws WgraftError `bad-input` for a record that cannot be read
 */
export async function modelRecordOf(
  model: Model,
  file: string,
  onNote?: (note: string) => void,
): Promise<ModelRecord | undefined> {
  if (model.record !== undefined) {
    const { data, error } = modelRecordSchema.safeParse(model.record);
    if (data) return data;
    const [{ path, message }] = error.issues;
    const what = ["wgraft", ...path].join(".");
    throw new WgraftError(
      "bad-input",
      `${file}: the record of its origin cannot be read: ${what}: ${message}`,
    );
  }
  const config = await readRunConfig(file);
  if (!config) {
    const base = await teachableMachineRecord(model, file, onNote);
    return base && { takes: "images", base };
  }
  return { takes: config.features === undefined ? "images" : "features", base: config.base };
}

/**
 * How the images of a model are preprocessed of which nothing records it: by itself, else as it is given.
 * @throws WgraftError `usage` where nothing says so, where the model does it already, and for a mode that its channels do not have
 */
export async function preprocessOf(model: Model, file: string, given?: Preprocess): Promise<Preprocess> {
  const own = await preprocessingLayer(model);
  if (own && given !== undefined && given !== "none") {
    throw new WgraftError(
      "usage",
      `\`preprocess\` ${given}: ${file} preprocesses its images itself (layer ${own.name}); omit \`preprocess\``,
      { option: "preprocess", expected: "none", got: given },
    );
  }
  const preprocess = given ?? (own && "none");
  if (preprocess === undefined) throw preprocessUnknown(file);
  const channels = model.inputShape.at(-1);
  if (channels === 3 || !conversionOf(preprocess).needsRgb) return preprocess;
  throw new WgraftError(
    "usage",
    `\`preprocess\` ${preprocess} is for 3 channels; ${file} takes images of ${channels}`,
    { option: "preprocess", got: preprocess },
  );
}

/** Refuses to guess. */
function preprocessUnknown(file: string): WgraftError {
  return new WgraftError(
    "usage",
    `${file}: nothing records how its images are preprocessed; say so with \`preprocess\``,
    { option: "preprocess" },
  );
}

/** Keras's default, for a file that says nothing. */
export function noteInterpolation(file: string, onNote: ((note: string) => void) | undefined): void {
  onNote?.(
    `${file}: nothing records how its images are resized; taken as nearest, Keras's default (\`interpolation\`)`,
  );
}
