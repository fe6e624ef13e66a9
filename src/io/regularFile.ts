import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { messageOf, WgraftError } from "../errors.js";
import { describeModelFolder } from "./otherFormats.js";

/**
 * Looks at a path before anything opens it: to open a pipe, or to read a device, can wait for ever.
 *
 * @param folderAdvice makes what to say of a folder
 * @throws WgraftError `bad-input` for anything but a regular file
 */
export async function statRegularFile(
  path: string,
  folderAdvice: (path: string) => Promise<string> = () => Promise.resolve(""),
): Promise<Stats> {
  const bad = (why: string, cause?: unknown) => new WgraftError("bad-input", `${path}: ${why}`, { cause });
  const info = await stat(path).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw bad(
      code === "ENOENT" || code === "ENOTDIR" ? "no such file" : `cannot be read: ${messageOf(cause)}`,
      cause,
    );
  });
  if (info.isDirectory()) throw bad(`is a folder${await folderAdvice(path)}`);
  if (!info.isFile()) throw bad("is not a file");
  return info;
}

/** The same for a file that somebody calls a model, which may well be its run. */
export function statModelFile(path: string): Promise<Stats> {
  return statRegularFile(path, describeModelFolder);
}

/** Up to `length` bytes of a regular file from `start` on. Throws `bad-input`. */
export async function readHead(path: string, length: number, start = 0): Promise<Buffer> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new WgraftError("bad-input", `${path}: cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
