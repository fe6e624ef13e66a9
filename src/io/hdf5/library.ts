/**
 * HDF5 through h5wasm: what reader.ts and writer.ts are made of. No other folder imports it.
 *
 * h5wasm's own objects are passed by for reading: they resolve links on the way, decode ASCII as Latin-1 and copy every
 * value twice. The functions below are its lower layer, with the file system shut to everything but the files asked for.
 */
import type { Dataset, File, Metadata } from "h5wasm/node";
import { messageOf, WgraftError } from "../../errors.js";

export type { Dataset, File, Metadata };

/** What wgraft uses of h5wasm's module object. Identifiers and pointers are what HDF5 and WebAssembly make of them. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  readonly FS: FileSystem;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  activate_throwing_error_handler(): number;
  deactivate_throwing_error_handler(): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_symbolic_link(file: bigint, path: string): string | null;
  get_external_link(file: bigint, path: string): { filename?: string };
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

/** Emscripten's file system: with h5wasm/node, the host's. */
interface FileSystem {
  open(path: string, flags: number, mode?: number): Stream;
  close(stream: Stream): void;
  write(stream: Stream, buffer: Uint8Array, offset: number, length: number, position?: number): number;
  ErrnoError: new (errno: number) => Error;
}
interface Stream {
  readonly fd: number;
}

/** HDF5's classes of types, of which Keras files use three. */
export const TypeClass = { integer: 0, float: 1, string: 3 } as const;

let library: Promise<Hdf5Library> | undefined;

/** Loads the WebAssembly module on first use. */
export function loadHdf5(): Promise<Hdf5Library> {
  library ??= import("h5wasm/node").then(async (h5wasm) => {
    const module = (await h5wasm.ready) as unknown as Hdf5Module;
    // Without it, a failed read returns whatever was in memory.
    module.activate_throwing_error_handler();
    return new Hdf5Library(module, h5wasm.File);
  });
  return library;
}

export class Hdf5Library {
  private readonly guard: FileSystemGuard;

  constructor(
    readonly module: Hdf5Module,
    private readonly FileClass: typeof File,
  ) {
    this.guard = new FileSystemGuard(module.FS);
  }

  /** Opens an existing file for reading, or (`w`) creates one. Close it with `close`. */
  open(absolutePath: string, mode: "r" | "w"): File {
    return this.call(() =>
      this.guard.admit(absolutePath, () => {
        // The oldest layout that holds the content, which is h5py's choice too: every HDF5 since 1.6 reads it.
        return new this.FileClass(absolutePath, mode, mode === "w" ? { libver: ["earliest", "latest"] } : {});
      }),
    );
  }

  close(file: File): void {
    this.call(() => file.close());
  }

  /** Runs HDF5 calls; what they throw becomes a one-line Error with the reason that HDF5 gives. */
  call<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.guard.closeScratch();
      if (error instanceof WgraftError) throw error;
      throw new Error(reasonOf(messageOf(error)), { cause: error });
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
      if (status < 0) throw new Error(reasonOf(printed.join("")));
    } finally {
      this.module.activate_throwing_error_handler();
    }
  }

  /** `byteLength` bytes of WebAssembly memory, for the caller to free. */
  allocate(byteLength: number): number {
    const pointer = this.module._malloc(Math.max(byteLength, 1));
    if (pointer === 0) throw new Error(`out of memory for ${byteLength} bytes`);
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

/**
 * Lets HDF5 open the files that wgraft opens, and no other. A file may name others (external links, external raw data,
 * virtual datasets, filter plugins) and HDF5 follows them; an untrusted model must not read its user's files that way.
 */
class FileSystemGuard {
  private admitted: string | undefined;
  private scratch: Stream[] = [];
  private stderr: string[] | undefined;

  constructor(private readonly fs: FileSystem) {
    const open = fs.open.bind(fs);
    fs.open = (path, flags, mode) => {
      // O_EXCL creates a file that did not exist: the scratch file in which HDF5 composes its error message.
      const isScratch = (flags & O_EXCL) !== 0;
      if (path !== this.admitted && !isScratch) throw new fs.ErrnoError(EACCES);
      const stream = open(path, flags, mode);
      if (isScratch) this.scratch.push(stream);
      return stream;
    };
    const write = fs.write.bind(fs);
    fs.write = (stream, buffer, offset, length, position) => {
      if (stream.fd !== 2 || !this.stderr) return write(stream, buffer, offset, length, position);
      this.stderr.push(Buffer.from(buffer.subarray(offset, offset + length)).toString());
      return length;
    };
  }

  /** What HDF5 prints on stderr during `action` goes to `lines`. */
  captureStderr<T>(lines: string[], action: () => T): T {
    this.stderr = lines;
    try {
      return action();
    } finally {
      this.stderr = undefined;
    }
  }

  admit<T>(path: string, open: () => T): T {
    this.admitted = path;
    try {
      return open();
    } finally {
      this.admitted = undefined;
    }
  }

  /** h5wasm throws before it closes the scratch file of an error: one descriptor for each. */
  closeScratch(): void {
    for (const stream of this.scratch.splice(0)) this.fs.close(stream);
  }
}

/** Emscripten's numbers, which are musl's and WASI's. */
const O_EXCL = 0o200;
const EACCES = 2;

/** The innermost reason of HDF5's error stack: `  #007: …/H5FDsec2.c line 288 in H5FD__sec2_open(): unable to open file`. */
function reasonOf(message: string): string {
  const frames = [...message.matchAll(/^ *#\d+: .*? in \w+\(\): (.*)$/gm)];
  return frames.at(-1)?.[1] ?? message.split("\n")[0];
}
