import { WgraftError } from "../errors.js";

/** The error `aborted` of work that left something whole behind: `result` says what. */
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
