import { WgraftError, type ErrorCode } from "../errors.js";

/** What a finished process says: a contract that scripts rely on. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  noAdapter: 3,
  badInput: 4,
  gpuFailed: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const codes: Readonly<Record<ErrorCode, ExitCode>> = {
  usage: ExitCode.usage,
  "no-adapter": ExitCode.noAdapter,
  "bad-input": ExitCode.badInput,
  "device-lost": ExitCode.gpuFailed,
  "out-of-memory": ExitCode.gpuFailed,
  aborted: ExitCode.interrupted,
  diverged: ExitCode.failed,
  shape: ExitCode.failed,
  io: ExitCode.failed,
  "not-supported": ExitCode.failed,
  internal: ExitCode.failed,
};

/** The exit code of anything that was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof WgraftError ? codes[error.code] : ExitCode.failed;
}
