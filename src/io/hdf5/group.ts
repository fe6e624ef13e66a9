/** One group of an open HDF5 file: its attributes, and what is below it. */
import { Hdf5Dataset } from "./dataset.js";
import { TypeClass, type Metadata } from "./library.js";
import type { OpenFile } from "./openFile.js";
import { decodeStrings } from "./strings.js";

export class Hdf5Group {
  private names: ReadonlySet<string> | undefined;
  private attributeNames: ReadonlySet<string> | undefined;

  constructor(
    private readonly file: OpenFile,
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
