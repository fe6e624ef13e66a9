/** features.h5 with the record of where its features come from. */
import { readFields, type ReadOptions } from "../../io/hdf5/limits.js";
import { FeaturesFile, readFeaturesFile, type FeaturesContent } from "../../io/features.js";
import { text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { optionsOf } from "../../options/fields.js";
import { readAttributes, writeAttributes, type FeaturesMeta } from "../provenance.js";

export interface Features extends FeaturesContent {
  meta: FeaturesMeta;
}

/** Writes a features file, batch by batch. */
export const FeaturesWriter = {
  /**
   * Begins a file, which appears under its name when `finish` has been called.
   * @throws WgraftError `io` when the folder of `path` is missing or not writable
   */
  create: (path: string, meta: FeaturesMeta): Promise<FeaturesFile> =>
    FeaturesFile.create(path, (writer) => writeAttributes(writer, meta)),
};
export type FeaturesWriter = FeaturesFile;

const table = optionsOf<ReadOptions>("readFeatures").fields(readFields);

/**
 * Reads a features file whole.
 * @throws WgraftError `bad-input` that says what is missing or wrong; `usage` for an option that is unknown or not what it
 *   should be
 * @example
 * const { meta, splits } = await readFeatures("features.h5");
 * console.log(meta.application, splits.train?.features.shape);
 */
export async function readFeatures(path: string, options?: ReadOptions): Promise<Features> {
  checkArgument("readFeatures", "path", text, path);
  const reading = checkOptions(table, options);
  const { origin: meta, ...content } = await readFeaturesFile(path, readAttributes, reading);
  return { meta, ...content };
}
