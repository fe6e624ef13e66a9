/** One group of an open HDF5 file: its attributes, and what is below it. */
import { Hdf5Dataset } from "./dataset.js";
import type { OpenFile } from "./openFile.js";
import type { GroupOutline } from "./protocol.js";

/** As deep as the thread looks (worker/outline.ts). */
const MAX_PARTS = 64;

export class Hdf5Group {
  constructor(
    private readonly file: OpenFile,
    /** Absolute within the file. */
    readonly path: string,
    private readonly outline: GroupOutline,
  ) {}

  /** Names of the groups and datasets in this group. */
  keys(): ReadonlySet<string> {
    return new Set(this.outline.links.keys());
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
    return this.outline.attributes.has(name);
  }

  /**
   * A string attribute, as a list: one string for a scalar; none for an empty array, which Keras writes as float64.
   * Undefined when there is no such attribute.
   */
  strings(name: string): string[] | undefined {
    return this.attribute(name, "text", "text");
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
    return this.attribute(name, "numbers", "a list of numbers");
  }

  private attribute<K extends "text" | "numbers">(
    name: string,
    kind: K,
    what: string,
  ): ValuesOf<K>[] | undefined {
    const found = this.outline.attributes.get(name);
    if (!found) return undefined;
    const attribute = this.file.check(found);
    if (attribute.kind === "empty") return [];
    if (attribute.kind !== kind) throw this.file.error(`attribute ${name} of ${this.path} is not ${what}`);
    return [...attribute.values] as ValuesOf<K>[];
  }

  private descend(path: string): Hdf5Group | Hdf5Dataset | undefined {
    const parts = path.split("/").filter((part) => part !== "");
    if (parts.length > MAX_PARTS)
      throw this.file.error(`asks for a dataset more than ${MAX_PARTS} groups deep`);
    let at: Hdf5Group | Hdf5Dataset | undefined = parts.length > 0 ? this : undefined;
    for (const part of parts) at = at instanceof Hdf5Group ? at.child(part) : undefined;
    return at;
  }

  private child(name: string): Hdf5Group | Hdf5Dataset | undefined {
    const link = this.outline.links.get(name);
    if (link === undefined) return undefined;
    const path = this.path === "/" ? `/${name}` : `${this.path}/${name}`;
    const object = this.file.check(this.file.outline.objects[this.file.check(link)]);
    if (object.kind === "group") return new Hdf5Group(this.file, path, object);
    return object.kind === "dataset" ? new Hdf5Dataset(this.file, path, object) : undefined;
  }
}

type ValuesOf<K extends "text" | "numbers"> = K extends "text" ? string : number;
