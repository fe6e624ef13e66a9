/** File operations that wait where a process, or the system, has too many files open at the moment. */
import { setTimeout as sleep } from "node:timers/promises";
import { WgraftError } from "../errors.js";

/** Milliseconds: between two attempts, at first and at most, and in all. */
const waits = { first: 5, most: 250, total: 60_000 };

const isShortage = (error: unknown) =>
  ["EMFILE", "ENFILE"].includes((error as NodeJS.ErrnoException).code ?? "");

/**
 * Runs an operation that opens files again until there is one to be had.
 * @throws WgraftError `io` after a minute without one; else what the operation throws
 */
export async function whenFilesAreFree<T>(operation: () => Promise<T>): Promise<T> {
  const end = performance.now() + waits.total;
  for (let wait = waits.first; ; wait = Math.min(2 * wait, waits.most)) {
    try {
      return await operation();
    } catch (error) {
      if (!isShortage(error)) throw error;
      if (performance.now() > end)
        throw new WgraftError("io", "too many files are open (see ulimit -n)", { cause: error });
    }
    await sleep(wait);
  }
}
