/** A first look at all images of a dataset: their hashes and their headers, before anything is computed. */
import { checkImage, type ImageHeader } from "../images/decode.js";
import { readImage } from "../images/readImage.js";
import type { ImageFile } from "./folder.js";
import { hashOfImage } from "./hash.js";
import { readFiles, type ReadFiles } from "./readFiles.js";

export interface SurveyedFile extends ImageFile, ImageHeader {
  readonly sha256: string;
  readonly orientation: number;
}

/** The files that can be decoded as far as their headers show. */
export type Survey = ReadFiles<SurveyedFile>;

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
  return readFiles(files, surveyed, signal, onProgress);
}

async function surveyed(file: ImageFile): Promise<SurveyedFile> {
  const bytes = await readImage(file);
  return { ...file, sha256: hashOfImage(bytes), ...(await checkImage(bytes, file.path)) };
}
