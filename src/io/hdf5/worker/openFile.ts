import { Hdf5Error, type Hdf5Library } from "../library.js";
import type { FileToRead } from "../protocol.js";

/** Why a file, or a part of it, is not read: words that follow its name. */
export class Refusal extends Error {}

/** The HDF5 file that this thread reads: calls on it, and what they may take. */
export class OpenFile {
  readonly id: bigint;
  /** Of the HDF5 file. */
  readonly byteLength: number;
  /** Bytes that the values of one dataset may take. */
  readonly memory: number;
  private reserved = 0;

  /** @throws Hdf5Error for what is no HDF5 file */
  constructor(
    readonly library: Hdf5Library,
    file: FileToRead,
  ) {
    this.byteLength = file.range?.byteLength ?? file.byteLength;
    this.memory = file.memory;
    this.id = library.open(file);
  }

  get module() {
    return this.library.module;
  }

  /** HDF5 calls on this file. What HDF5 reports becomes a Refusal. */
  read<T>(what: string, action: () => T): T {
    try {
      return this.library.call(action);
    } catch (error) {
      if (!(error instanceof Hdf5Error)) throw error;
      throw new Refusal(`cannot read ${what}: ${error.message}`, { cause: error });
    }
  }

  /**
   * Makes room for a buffer that grows step by step: at the end of the memory it grows where it is, and what it never writes
   * takes no memory of the machine; anywhere else it would be copied at each step.
   */
  reserve(bytes: number): void {
    if (bytes <= this.reserved) return;
    this.reserved = bytes;
    this.module._free(this.module._malloc(bytes));
  }
}
