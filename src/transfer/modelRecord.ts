/** What a model takes, and where it comes from: inside its file, else in the config.json of its run. */
import { z } from "zod";
import { WgraftError } from "../errors.js";
import type { Model } from "../models/model.js";
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
 * @returns undefined where nothing is recorded
 * @throws WgraftError `bad-input` for a record that cannot be read
 */
export async function modelRecordOf(model: Model, file: string): Promise<ModelRecord | undefined> {
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
  return config && { takes: config.features === undefined ? "images" : "features", base: config.base };
}

/** Refuses to guess. */
export function preprocessUnknown(file: string): WgraftError {
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
