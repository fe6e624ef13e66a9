import { messageOf, WgraftError } from "../errors.js";

/** Runs a file operation; whatever it throws becomes an `io` error that names the path. */
export async function writing<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw new WgraftError("io", `cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
