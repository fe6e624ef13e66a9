/**
 * Reading HDF5 files that may come from anywhere: sizes are bounded before memory is taken, only hard links are followed,
 * and every failure is a `bad-input` error with the file's path.
 */
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { Hdf5Dataset } from "./dataset.js";
import { loadHdf5, TypeClass, type File, type Hdf5Library, type Metadata } from "./library.js";
import { decodeStrings } from "./strings.js";

/** Opens `path`, gives it to `use` and closes it whatever happens. */
export async function withHdf5<T>(path: string, use: (file: Hdf5File) => T | Promise<T>): Promise<T> {
  const file = await openHdf5(path);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/**
 * Opens an HDF5 file for reading. The caller closes it. Throws `bad-input` when it is missing or not HDF5.
 *
 * @param name what errors call the file. Default: its path.
 */
export async function openHdf5(path: string, name: string = path): Promise<Hdf5File> {
  const byteLength = await checkSignature(path);
  const library = await loadHdf5();
  try {
    return new Hdf5File(name, byteLength, library, library.open(resolve(path), "r"));
  } catch (cause) {
    throw new WgraftError("bad-input", `${name}: damaged or truncated HDF5 file: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export class Hdf5File {
  readonly root: Hdf5Group;
  private closed = false;

  constructor(
    /** What errors call it. */
    readonly path: string,
    readonly byteLength: number,
    readonly library: Hdf5Library,
    private readonly handle: File,
  ) {
    this.root = new Hdf5Group(this, "/");
  }

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

export class Hdf5Group {
  private names: ReadonlySet<string> | undefined;
  private attributeNames: ReadonlySet<string> | undefined;

  constructor(
    private readonly file: Hdf5File,
    /** Absolute within the file. */
    readonly path: string,
  ) {}

  /** Names of the groups and datasets in this group. */
  keys(): ReadonlySet<string> {
    this.names ??= new Set(
      this.file.read(this.path, () => this.module.get_names(this.file.id, this.path, false)),
    );
    return this.names;
  }

  /** The group at `path` below this one, or undefined when there is none. */
  group(path: string): Hdf5Group | undefined {
    const found = this.descend(path);
    return found instanceof Hdf5Group ? found : undefined;
  }

  /** The dataset at `path` below this group, or undefined when there is none. */
  dataset(path: string): Hdf5Dataset | undefined {
    const found = this.descend(path);
    return found instanceof Hdf5Dataset ? found : undefined;
  }

  hasAttribute(name: string): boolean {
    this.attributeNames ??= new Set(
      this.file.read(this.path, () => this.module.get_attribute_names(this.file.id, this.path)),
    );
    return this.attributeNames.has(name);
  }

  /**
   * A string attribute, as a list: one string for a scalar; none for an empty array, which Keras writes as float64.
   * Undefined when there is no such attribute.
   */
  strings(name: string): string[] | undefined {
    if (!this.hasAttribute(name)) return undefined;
    const what = `attribute ${name} of ${this.path}`;
    const metadata = this.file.read(what, () =>
      this.module.get_attribute_metadata(this.file.id, this.path, name),
    );
    if (metadata.total_size === 0) return [];
    if (metadata.type !== TypeClass.string) throw this.file.error(`${what} is not text`);
    return this.readAttribute(what, name, metadata, (pointer) =>
      decodeStrings(this.module, pointer, metadata.total_size, metadata),
    );
  }

  /** A scalar string attribute, or undefined. */
  string(name: string): string | undefined {
    const values = this.strings(name);
    if (values && values.length !== 1)
      throw this.file.error(`attribute ${name} of ${this.path} is not one string`);
    return values?.[0];
  }

  /** A numeric attribute as a list of numbers: one for a scalar. Undefined when there is no such attribute. */
  numbers(name: string): number[] | undefined {
    if (!this.hasAttribute(name)) return undefined;
    const what = `attribute ${name} of ${this.path}`;
    const metadata = this.file.read(what, () =>
      this.module.get_attribute_metadata(this.file.id, this.path, name),
    );
    const { type, size, signed, total_size: count } = metadata;
    if (count === 0) return [];
    return this.readAttribute(what, name, metadata, (pointer) => {
      const view = new DataView(this.module.HEAPU8.buffer, pointer, count * size);
      return Array.from({ length: count }, (_, i) => {
        if (type === TypeClass.float && size === 8) return view.getFloat64(8 * i, true);
        if (type === TypeClass.float && size === 4) return view.getFloat32(4 * i, true);
        if (type === TypeClass.integer && size === 8) return Number(view.getBigInt64(8 * i, true));
        if (type === TypeClass.integer && size === 4)
          return signed ? view.getInt32(4 * i, true) : view.getUint32(4 * i, true);
        throw new Error("not a 32-bit or 64-bit number");
      });
    });
  }

  private readAttribute<T>(
    what: string,
    name: string,
    metadata: Metadata,
    decode: (pointer: number) => T,
  ): T {
    const byteLength = metadata.total_size * metadata.size;
    // An attribute's value lies in the file as it is, uncompressed.
    if (byteLength > this.file.byteLength) throw this.file.error(`${what} declares more than the file holds`);
    return this.file.read(what, () =>
      this.file.library.withMemory(byteLength, (pointer) => {
        this.module.get_attribute_data(this.file.id, this.path, name, BigInt(pointer));
        try {
          return decode(pointer);
        } finally {
          if (metadata.vlen) this.module.reclaim_vlen_memory(this.file.id, this.path, name, BigInt(pointer));
        }
      }),
    );
  }

  /** Walks link by link, so that no link is followed before it was looked at. */
  private descend(path: string): Hdf5Group | Hdf5Dataset | undefined {
    const [first, ...rest] = path.split("/").filter((part) => part !== "");
    if (first === undefined || first === "." || !this.keys().has(first)) return undefined;
    const childPath = this.path === "/" ? `/${first}` : `${this.path}/${first}`;
    const child = this.openChild(childPath);
    if (rest.length === 0) return child;
    return child instanceof Hdf5Group ? child.descend(rest.join("/")) : undefined;
  }

  private openChild(path: string): Hdf5Group | Hdf5Dataset | undefined {
    const { id } = this.file;
    const isHard = this.file.read(path, () => {
      const isExternal = this.module.get_external_link(id, path).filename !== undefined;
      return !isExternal && this.module.get_symbolic_link(id, path) === null;
    });
    if (!isHard)
      throw this.file.error(`${path} is a soft or external link; Keras writes none, and wgraft follows none`);
    const type = this.file.read(path, () => this.module.get_type(id, path));
    if (type === this.module.H5G_GROUP) return new Hdf5Group(this.file, path);
    if (type === this.module.H5G_DATASET) return new Hdf5Dataset(this.file, path);
    return undefined;
  }

  private get module() {
    return this.file.library.module;
  }
}

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Says what is wrong with a file that is not HDF5, in words that help; returns its size in bytes. */
async function checkSignature(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new WgraftError("bad-input", `${path}: no such file`);
  if (info.isDirectory())
    throw new WgraftError("bad-input", `${path}: is a folder; name the .h5 file in it (of a run, model.h5)`);
  if (!info.isFile()) throw new WgraftError("bad-input", `${path}: is not a file`);
  if (info.size === 0) throw new WgraftError("bad-input", `${path}: the file is empty (zero bytes)`);
  const head = Buffer.alloc(2048 + SIGNATURE.length);
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new WgraftError("bad-input", `${path}: cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  // A file may begin with a block of its owner's, of 512 bytes or a power of two times that.
  if ([0, 512, 1024, 2048].some((at) => head.subarray(at, at + SIGNATURE.length).equals(SIGNATURE)))
    return info.size;
  throw new WgraftError("bad-input", `${path}: is not an HDF5 file${guessContent(head)}`);
}

function guessContent(head: Buffer): string {
  const text = head.toString("latin1").trimStart();
  if (text.startsWith("<")) return "; it looks like an HTML page, the download probably failed";
  if (text.startsWith("version https://git-lfs")) return "; it is a Git LFS pointer, fetch the file itself";
  if (text.startsWith("PK\x03\x04")) return "; it is a zip archive";
  return "";
}
