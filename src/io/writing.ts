import { mkdir } from "node:fs/promises";
import { messageOf, WgraftError } from "../errors.js";

/** Runs a file operation; whatever it throws becomes an `io` error that names the path. */
export async function writing<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw new WgraftError("io", `cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Makes a folder, and those on the way to it, where it is missing. @throws WgraftError `io` */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new WgraftError("io", `cannot make the folder ${path}: ${messageOf(cause)}`, { cause });
  }
}
