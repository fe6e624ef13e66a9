/** A thorough look at all images of a dataset: each is decoded. */
import { decodeImage, imageStorage, type ImageStorage } from "../images/decode.js";
import { lookOf, type Look } from "../images/look.js";
import { readImage } from "../images/readImage.js";
import type { ImageFile } from "./folder.js";
import { hashOfImage } from "./hash.js";
import { readFiles, type ReadFiles } from "./readFiles.js";

export interface InspectedFile extends ImageFile, ImageStorage, Look {
  readonly sha256: string;
  readonly orientation: number;
  /** As stored, before an orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/**
 * Reads and decodes every file once.
 * @param onProgress gets the number of files that are done
 * @throws WgraftError `aborted`, `io`; bad images are returned
 */
export async function inspectImages(
  files: readonly ImageFile[],
  signal?: AbortSignal,
  onProgress?: (done: number) => void,
): Promise<ReadFiles<InspectedFile>> {
  return readFiles(files, inspected, signal, onProgress);
}

async function inspected(file: ImageFile): Promise<InspectedFile> {
  const bytes = await readImage(file);
  const storage = await imageStorage(bytes, file.path);
  const image = await decodeImage(bytes, { name: file.path });
  const { width, height } = image;
  return { ...file, ...storage, sha256: hashOfImage(bytes), width, height, ...lookOf(image) };
}
