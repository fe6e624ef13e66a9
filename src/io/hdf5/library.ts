/**
 * HDF5 through h5wasm: what reader.ts and writer.ts are made of. No other folder imports it.
 *
 * h5wasm's own objects are passed by for reading: they resolve links on the way, decode ASCII as Latin-1 and copy every
 * value twice. The functions below are its lower layer, with the file system shut to everything but the files asked for.
 */
import type { Dataset, File, Metadata } from "h5wasm/node";
import { messageOf } from "../../errors.js";
import { FileSystemGuard, type FileSystem } from "./fileSystem.js";
import type { FileToRead } from "./protocol.js";

export type { Dataset, File, Metadata };

/** What wgraft uses of h5wasm's module object. Identifiers and pointers are those of HDF5 and WebAssembly. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  readonly FS: FileSystem;
  readonly H5F_ACC_RDONLY: number;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  activate_throwing_error_handler(): number;
  deactivate_throwing_error_handler(): number;
  open(path: string, mode: number, trackOrder: boolean, oldest: number, newest: number): bigint;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_symbolic_link(file: bigint, path: string): string | null;
  get_external_link(file: bigint, path: string): { filename?: string };
  create_object_reference(file: bigint, path: string): number[];
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): Metadata;
  get_dataset_filters(file: bigint, path: string): { id: number; name: string }[];
  get_dataset_data(
    file: bigint,
    path: string,
    count: Extent,
    offset: Extent,
    strides: Extent,
    pointer: bigint,
  ): number;
  create_dataset(file: bigint, path: string, pointer: bigint, layout: DatasetLayout): number;
  reclaim_vlen_memory(file: bigint, path: string, attribute: string, pointer: bigint): number;
  reclaim_vlen_memory_count(
    file: bigint,
    path: string,
    attribute: string,
    pointer: bigint,
    count: bigint[],
  ): number;
}
type Extent = bigint[] | null;

/** How a new dataset is stored. */
export interface DatasetLayout {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly littleEndian: boolean;
  readonly shape: readonly bigint[];
  readonly maxshape: readonly bigint[];
  readonly chunks: readonly bigint[] | null;
  readonly compression: number;
  readonly compression_opts: readonly number[];
  readonly track_order: boolean;
}

/** HDF5's classes of types, of which Keras files use three. */
export const TypeClass = { integer: 0, float: 1, string: 3 } as const;

/** What HDF5 says is wrong. */
export class Hdf5Error extends Error {}

export class Hdf5Library {
  private readonly guard: FileSystemGuard;

  /** One for each module: it changes it. */
  constructor(readonly module: Hdf5Module) {
    // Without it, a failed read returns whatever was in memory.
    module.activate_throwing_error_handler();
    this.guard = new FileSystemGuard(module.FS);
  }

  /** Opens a file for reading, the only one in the life of this module. Returns HDF5's number for it. */
  open(file: FileToRead): bigint {
    this.guard.watch(file);
    return this.call(() =>
      this.guard.admit(file.path, () =>
        this.module.open(file.path, this.module.H5F_ACC_RDONLY, false, -1, -1),
      ),
    );
  }

  /** Gives back the descriptor of the file that was opened for reading. HDF5 is not asked, and of no use afterwards. */
  abandon(): void {
    this.guard.closeWatched();
  }

  /** Creates a file. Close it with `close`. */
  create(FileClass: typeof File, absolutePath: string): File {
    return this.call(() =>
      this.guard.admit(
        absolutePath,
        // The oldest layout that can contain it, which is h5py's choice too: every HDF5 since 1.6 reads it.
        () => new FileClass(absolutePath, "w", { libver: ["earliest", "latest"] }),
      ),
    );
  }

  close(file: File): void {
    this.call(() => file.close());
  }

  /**
   * Runs HDF5 calls. What HDF5 reports becomes an Hdf5Error of one line with its reason; anything else (a trap, an exhausted
   * stack) leaves the module in a state that nobody knows, and is thrown as it is.
   */
  call<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.guard.closeScratch();
      // h5wasm's own; a subclass is WebAssembly's or the JavaScript engine's.
      const isReported = error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
      if (!isReported) throw error;
      throw new Hdf5Error(this.guard.takeDamage() ?? reasonOf(messageOf(error)), { cause: error });
    }
  }

  /**
   * Runs the one HDF5 call that may well fail, reading values, by its status. An exception thrown by the error handler
   * unwinds past h5wasm's clean-up, and what it had open keeps the file open for the life of the process.
   */
  callForStatus(action: () => number): void {
    const printed: string[] = [];
    this.module.deactivate_throwing_error_handler(); // back to the default: print, return a status
    try {
      const status = this.guard.captureStderr(printed, action);
      if (status < 0) throw new Hdf5Error(this.guard.takeDamage() ?? reasonOf(printed.join("")));
    } finally {
      this.module.activate_throwing_error_handler();
    }
  }

  /** `byteLength` bytes of WebAssembly memory, for the caller to free. */
  allocate(byteLength: number): number {
    const pointer = this.module._malloc(Math.max(byteLength, 1));
    if (pointer === 0) throw new Hdf5Error(`${byteLength} bytes are more than the limit of memory leaves`);
    return pointer;
  }

  /** `byteLength` bytes of WebAssembly memory for the time of `use`. */
  withMemory<T>(byteLength: number, use: (pointer: number) => T): T {
    const pointer = this.allocate(byteLength);
    try {
      return use(pointer);
    } finally {
      this.module._free(pointer);
    }
  }
}

/** The innermost reason of HDF5's error stack: `  #007: …/H5FDsec2.c line 288 in H5FD__sec2_open(): unable to open file`. */
function reasonOf(message: string): string {
  const frames = [...message.matchAll(/^ *#\d+: .*? in \w+\(\): (.*)$/gm)];
  return frames.at(-1)?.[1] ?? message.split("\n")[0];
}
