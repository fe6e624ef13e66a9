/** A first look at all images of a dataset: their hashes and their headers, before anything is computed. */
import { throwIfAborted, WgraftError } from "../../errors.js";
import { checkImage, type ImageHeader } from "../images/decode.js";
import { readImage } from "../images/readImage.js";
import type { ImageFile } from "./folder.js";
import { hashOfImage } from "./hash.js";
import type { SkippedImage } from "./loader.js";

/** Files that are read at once. */
const concurrency = 8;

export interface SurveyedFile extends ImageFile, ImageHeader {
  readonly sha256: string;
  readonly orientation: number;
}

export interface Survey {
  /** Those that can be decoded as far as their headers show, in their order. */
  readonly files: readonly SurveyedFile[];
  readonly bad: readonly SkippedImage[];
}

/**
 * Reads every file once, hashes it and looks at its header.
 * @param onProgress gets the number of files that are done
 * @throws WgraftError `aborted`, `io`; bad images are returned
 */
export async function surveyImages(
  files: readonly ImageFile[],
  signal?: AbortSignal,
  onProgress?: (done: number) => void,
): Promise<Survey> {
  const found = new Array<SurveyedFile | SkippedImage>(files.length);
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < files.length) {
      throwIfAborted(signal);
      const index = next++;
      found[index] = await surveyed(files[index]);
      onProgress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, files.length) }, work));
  return {
    files: found.flatMap((one) => ("error" in one ? [] : [one])),
    bad: found.flatMap((one) => ("error" in one ? [one] : [])),
  };
}

async function surveyed(file: ImageFile): Promise<SurveyedFile | SkippedImage> {
  try {
    const bytes = await readImage(file);
    return { ...file, sha256: hashOfImage(bytes), ...(await checkImage(bytes, file.path)) };
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "bad-input") throw error;
    return { file, error };
  }
}
