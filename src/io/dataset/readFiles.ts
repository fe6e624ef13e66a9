/** Reads many files, some at once. */
import { throwIfAborted, WgraftError } from "../../errors.js";
import type { ImageFile } from "./folder.js";
import type { SkippedImage } from "./loader.js";

/** Files that are read at once. */
const concurrency = 8;

export interface ReadFiles<T> {
  /** What became of those that can be read, in their order. */
  readonly files: readonly T[];
  readonly bad: readonly SkippedImage[];
}

/**
 * @param read rejects with `bad-input` for an image that is bad
 * @param onProgress gets the number of files that are done
 * @throws WgraftError `aborted`, and what `read` throws besides
 */
export async function readFiles<T>(
  files: readonly ImageFile[],
  read: (file: ImageFile) => Promise<T>,
  signal?: AbortSignal,
  onProgress?: (done: number) => void,
): Promise<ReadFiles<T>> {
  const found = new Array<{ read: T } | { bad: SkippedImage }>(files.length);
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < files.length) {
      throwIfAborted(signal);
      const index = next++;
      const file = files[index];
      found[index] = await read(file).then(
        (one) => ({ read: one }),
        (error: unknown) => {
          if (error instanceof WgraftError && error.code === "bad-input") return { bad: { file, error } };
          throw error;
        },
      );
      onProgress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, files.length) }, work));
  return {
    files: found.flatMap((one) => ("read" in one ? [one.read] : [])),
    bad: found.flatMap((one) => ("bad" in one ? [one.bad] : [])),
  };
}
