import { WgraftError } from "../errors.js";

/**
 * The error `aborted` of work that left something whole behind: `result` says what.
 * @example
 * const stop = new AbortController();
 * process.once("SIGINT", () => stop.abort());
 * try {
 *   await trainHead({ features: "features.h5", out: "runs/head", signal: stop.signal });
 * } catch (error) {
 *   if (error instanceof InterruptedError) console.log(error.result);
 *   else throw error;
 * }
 */
export class InterruptedError<T> extends WgraftError {
  /** @param option that continues the work, where there is one */
  constructor(
    message: string,
    readonly result: T,
    option?: string,
  ) {
    super("aborted", message, { option });
  }
}
