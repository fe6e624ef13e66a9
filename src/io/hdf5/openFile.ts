import { WgraftError } from "../../errors.js";
import { secondsFor, type ReadOptions } from "./limits.js";
import type { Outline, Problem, Request, Result } from "./protocol.js";
import { giveBack, ThreadError, type Hdf5Thread } from "./thread.js";

/** An open HDF5 file: requests to its thread, within its limits, and errors that name it. */
export class OpenFile {
  private outlined: Outline | undefined;
  private valueBytes = 0;
  private readonly onAbort = () => this.thread.stop();

  constructor(
    /** What errors call it. */
    readonly path: string,
    readonly byteLength: number,
    private readonly thread: Hdf5Thread,
    private readonly options: ReadOptions,
  ) {
    options.signal?.addEventListener("abort", this.onAbort);
  }

  get outline(): Outline {
    return this.outlined!;
  }

  async open(request: Extract<Request, { kind: "open" }>): Promise<void> {
    this.outlined = (await this.request(request, 0)) as Outline;
  }

  /** @param valueBytes that are read */
  async request(request: Request, valueBytes: number, transfer?: ArrayBuffer[]): Promise<Result> {
    const { signal, limits } = this.options;
    if (signal?.aborted) throw this.aborted();
    this.valueBytes += valueBytes;
    const seconds = secondsFor(this.byteLength, this.valueBytes, limits);
    try {
      return await this.thread.request(request, seconds, transfer);
    } catch (error) {
      if (!(error instanceof ThreadError)) throw error;
      if (signal?.aborted) throw this.aborted();
      if (error.reason === "refused") throw this.error(error.message, error);
      if (error.reason === "too slow")
        throw this.error(
          `damaged HDF5 file: HDF5 did not come to an end within ${Math.round(seconds)} s; for a sound file on slow ` +
            "storage, raise the limit (limits.seconds, or WGRAFT_READ_SECONDS)",
          error,
        );
      throw this.error(`cannot be read: ${error.message}`, error);
    }
  }

  /** Throws what is wrong with `part`, if anything is. */
  check<T extends object | number>(part: T | Problem): T {
    if (isProblem(part)) throw this.error(part.problem);
    return part;
  }

  error(message: string, cause?: unknown): WgraftError {
    return new WgraftError("bad-input", `${this.path}: ${message}`, { cause });
  }

  close(): void {
    this.options.signal?.removeEventListener("abort", this.onAbort);
    giveBack(this.thread);
  }

  private aborted(): WgraftError {
    return new WgraftError("aborted", "interrupted", { cause: this.options.signal?.reason });
  }
}

function isProblem(part: object | number): part is Problem {
  return typeof part === "object" && "kind" in part && part.kind === "problem";
}
