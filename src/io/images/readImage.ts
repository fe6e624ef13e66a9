/** The bytes of an image file. */
import { readFile, stat } from "node:fs/promises";
import { messageOf, WgraftError } from "../../errors.js";
import { whenFilesAreFree } from "../openFiles.js";
import { pathFor, type Place } from "../place.js";

/** A file larger than this is not read at all; no image within MAX_PIXELS needs as much. */
const MAX_FILE_BYTES = 1 << 30;

const fileProblems: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "no permission to read it",
  EISDIR: "this is a folder, not an image",
  ENOTDIR: "there is no such file",
};

/** @throws WgraftError "bad-input" for a file that is missing, a folder, no regular file, or too large */
export async function readImage(place: Place): Promise<Uint8Array> {
  const { path } = place;
  const bad = (why: string, cause?: unknown) => new WgraftError("bad-input", `${path}: ${why}`, { cause });
  try {
    // Looked at first because reading a pipe or a device would wait for ever.
    const info = await stat(pathFor(place));
    if (info.isDirectory()) throw bad(fileProblems.EISDIR);
    if (!info.isFile()) throw bad("not a regular file");
    if (info.size > MAX_FILE_BYTES) throw bad(`${info.size} bytes is more than an image may have (1 GiB)`);
    return await whenFilesAreFree(() => readFile(pathFor(place)));
  } catch (error) {
    if (error instanceof WgraftError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw bad(fileProblems[code] ?? messageOf(error), error);
  }
}
