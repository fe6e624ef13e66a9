import { Hdf5Error, type Hdf5Library } from "../library.js";
import type { FileToRead } from "../protocol.js";
import { Budget, Refusal } from "./refusal.js";

/** Of the limit of memory, for compressed values: HDF5 unpacks them in the rest. */
const UNPACKED_SHARE = 0.8;

/** The HDF5 file that this thread reads: calls on it, and what they may take. */
export class OpenFile {
  readonly id: bigint;
  /** Of the HDF5 file. */
  readonly byteLength: number;
  /** Bytes that HDF5 may take. */
  readonly memory: number;
  /** Characters. They lie in the file as they are, each text once. */
  readonly text: Budget;
  /** Bytes of values that lie in the file as they are. */
  readonly plain: Budget;
  /** Bytes of values that are compressed in the file. */
  readonly unpacked: Budget;
  private reserved = 0;

  /** @throws Hdf5Error for what is no HDF5 file */
  constructor(
    readonly library: Hdf5Library,
    file: FileToRead,
  ) {
    this.byteLength = file.range?.byteLength ?? file.byteLength;
    this.memory = file.memory;
    this.text = new Budget(this.byteLength, "has more text than bytes");
    this.plain = new Budget(this.byteLength, "has more values than bytes");
    const unpacked = Math.floor(UNPACKED_SHARE * file.memory);
    this.unpacked = new Budget(
      unpacked,
      `has more compressed values than the limit of ${unpacked} bytes for a file of ${this.byteLength}; for a file that you ` +
        "trust, raise it (limits.memory, or WGRAFT_READ_MIB)",
    );
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
