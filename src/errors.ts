import { oneLine } from "./printable.js";

/**
 * What kind of failure this is; the command line turns it into an exit code.
 *
 * - `usage`: the caller asked for something that makes no sense (exit 2)
 * - `no-adapter`: no usable GPU adapter (exit 3)
 * - `bad-input`: an image, an HDF5 file or a dataset folder is not what it should be (exit 4)
 * - `device-lost`, `out-of-memory`: the GPU gave up (exit 5)
 * - `aborted`: an AbortSignal fired (exit 130)
 * - `diverged`: a training's loss or weights are no longer finite (exit 1)
 * - `shape`: tensor shapes do not fit together; `io`: reading or writing failed; `not-supported`; `internal` (exit 1)
 */
export type ErrorCode =
  | "usage"
  | "no-adapter"
  | "bad-input"
  | "device-lost"
  | "out-of-memory"
  | "aborted"
  | "diverged"
  | "shape"
  | "io"
  | "not-supported"
  | "internal";

export interface ErrorDetails {
  /** The op, layer or operation that failed. */
  op?: string;
  /** The option that is at fault, by its name: "learningRate". */
  option?: string;
  expected?: unknown;
  got?: unknown;
  cause?: unknown;
}

/**
 * Every error that wgraft throws on purpose. `message` is one line: what, where, and what to do about it. Where there is an
 * `option`, the message is that of a field table, which begins with `op: option: `, or it gives names of options in backticks,
 * so that the command line can print them as flags.
 * @example
 * try {
 *   new Dense({ units: -1 });
 * } catch (error) {
 *   if (!(error instanceof WgraftError)) throw error;
 *   console.log(error.code, error.option, error.message);
 * }
 */
export class WgraftError extends Error {
  override readonly name = "WgraftError";
  readonly op?: string;
  readonly option?: string;
  readonly expected?: unknown;
  readonly got?: unknown;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(oneLine(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.op = details.op;
    this.option = details.option;
    this.expected = details.expected;
    this.got = details.got;
  }
}

/** A shape that does not fit: says which op, what it needs and what it was given. */
export function shapeError(op: string, expected: string, got: string): WgraftError {
  return new WgraftError("shape", `${op}: expected ${expected}, got ${got}`, { op, expected, got });
}

/** Throws the `aborted` error when `signal` has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new WgraftError("aborted", "interrupted", { cause: signal.reason });
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
