import { messageOf, WgraftError } from "../../errors.js";
import type { File, Hdf5Library } from "./library.js";

/** An open HDF5 file: calls on it, and errors that name it. */
export class OpenFile {
  private closed = false;

  constructor(
    /** What errors call it. */
    readonly path: string,
    readonly byteLength: number,
    readonly library: Hdf5Library,
    private readonly handle: File,
  ) {}

  get id(): bigint {
    if (this.closed) throw new WgraftError("internal", `${this.path}: read after close`);
    return this.handle.file_id;
  }

  /** HDF5 calls on this file; failures become `bad-input`. */
  read<T>(what: string, action: () => T): T {
    try {
      return this.library.call(action);
    } catch (cause) {
      if (cause instanceof WgraftError) throw cause;
      throw this.error(`cannot read ${what}: ${messageOf(cause)}`, cause);
    }
  }

  error(message: string, cause?: unknown): WgraftError {
    return new WgraftError("bad-input", `${this.path}: ${message}`, { cause });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.library.close(this.handle);
  }
}
