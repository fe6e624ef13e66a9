/**
 * Writing HDF5 files the way h5py writes them for Keras. Paths are absolute within the file, groups are made in order.
 * Write to the temporary path of atomic.ts: a file that was not closed is not a valid one.
 */
import { resolve } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { largest, sizeOf } from "../../tensor.js";
import { writing } from "../writing.js";
import { Hdf5Library, TypeClass, type Dataset, type File, type Hdf5Module } from "./library.js";

/** Chunks of this size or of one row fit HDF5's chunk cache, so that appending to one is not a read from disk. */
const CHUNK_BYTES = 2 ** 20;

/** This thread's: it reads nothing, so what a file does to HDF5 is no business of it. */
let loading: Promise<{ library: Hdf5Library; FileClass: typeof File }> | undefined;

async function load() {
  const h5wasm = await import("h5wasm/node");
  const library = new Hdf5Library((await h5wasm.ready) as unknown as Hdf5Module);
  return { library, FileClass: h5wasm.File };
}

/** A contiguous dataset of little-endian float32. */
const FLOAT32 = {
  type: TypeClass.float,
  size: 4,
  signed: false,
  vlen: false,
  littleEndian: true,
  chunks: null,
  compression: 0,
  compression_opts: [],
  track_order: false,
} as const;

/** Creates `path` (over what is there), gives the writer to `write` and closes it whatever happens. */
export async function createHdf5<T>(path: string, write: (writer: Hdf5Writer) => T | Promise<T>): Promise<T> {
  const writer = await Hdf5Writer.create(path);
  try {
    return await write(writer);
  } finally {
    writer.close();
  }
}

export class Hdf5Writer {
  private closed = false;

  private constructor(
    readonly path: string,
    private readonly library: Hdf5Library,
    private readonly file: File,
  ) {}

  /** The caller closes it. Throws `io` when the file cannot be made. */
  static async create(path: string): Promise<Hdf5Writer> {
    const { library, FileClass } = await (loading ??= load());
    return writing(path, async () => new Hdf5Writer(path, library, library.create(FileClass, resolve(path))));
  }

  /** Makes the group at `path`, and those on the way that are not there yet. */
  group(path: string): void {
    this.write(path, () => {
      let at = "";
      for (const name of path.split("/").filter((part) => part !== "")) {
        at += `/${name}`;
        if (this.library.module.get_type(this.file.file_id, at) < 0) this.file.create_group(at.slice(1));
      }
    });
  }

  /**
   * A scalar text attribute of variable length.
   * @param encoding ASCII, as h5py writes bytes, of text that is; or UTF-8, as it writes strings
   */
  text(path: string, name: string, value: string, encoding: "ASCII" | "UTF-8" = "ASCII"): void {
    const type = encoding === "ASCII" ? "A" : "S";
    this.write(`${name} of ${path}`, () => this.object(path).create_attribute(name, value, [], type));
  }

  /**
   * A list attribute of fixed-length strings (UTF-8 bytes marked ASCII), which every h5py reads as bytes. An empty list is an
   * empty float64 array: what numpy makes of `[]`, and Keras of a layer without weights.
   */
  textList(path: string, name: string, values: readonly string[]): void {
    this.write(`${name} of ${path}`, () => {
      const object = this.object(path);
      if (values.length === 0) return object.create_attribute(name, new Float64Array(0), [0], "<d");
      const longest = largest(
        values.map((value) => Buffer.byteLength(value)),
        1,
      );
      return object.create_attribute(name, [...values], [values.length], `A${longest}`);
    });
  }

  /** A one-dimensional attribute of 32-bit integers. */
  integers(path: string, name: string, values: readonly number[]): void {
    this.write(`${name} of ${path}`, () =>
      this.object(path).create_attribute(name, Int32Array.from(values), [values.length], "<i"),
    );
  }

  /** A scalar float64 attribute. */
  number(path: string, name: string, value: number): void {
    this.write(`${name} of ${path}`, () => this.object(path).create_attribute(name, [value], [], "<d"));
  }

  /** A float32 dataset in one piece. The groups on the way must be there. */
  float32(path: string, shape: readonly number[], data: Float32Array): void {
    expectValues(path, shape, data.length);
    this.write(path, () => this.file.create_dataset({ name: relative(path), data, shape: [...shape] }));
  }

  /**
   * A float32 dataset whose values come in parts, in C order: nothing but HDF5's own memory ever has all of them. The groups
   * on the way must be there.
   */
  async float32Parts(
    path: string,
    shape: readonly number[],
    parts: AsyncIterable<Float32Array>,
  ): Promise<void> {
    const { module } = this.library;
    const size = sizeOf(shape);
    const pointer = this.write(path, () => this.library.allocate(4 * size));
    try {
      let count = 0;
      for await (const part of parts) {
        // A new view for each part: HDF5's memory moves when it grows.
        if (count + part.length <= size)
          new Float32Array(module.HEAPU8.buffer, pointer, size).set(part, count);
        count += part.length;
      }
      expectValues(path, shape, count);
      const extent = shape.map(BigInt);
      const layout = { ...FLOAT32, shape: extent, maxshape: extent };
      this.write(path, () => module.create_dataset(this.file.file_id, path, BigInt(pointer), layout));
    } finally {
      module._free(pointer);
    }
  }

  /** A one-dimensional dataset of variable-length UTF-8 strings. */
  strings(path: string, values: readonly string[]): void {
    const data = [...values];
    this.write(path, () =>
      this.file.create_dataset({ name: relative(path), data, shape: [data.length], dtype: "S" }),
    );
  }

  /** An empty float32 dataset (0, …rowShape) that rows are appended to. */
  rows(path: string, rowShape: readonly number[]): Hdf5Rows {
    const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / (4 * sizeOf(rowShape))));
    const dataset = this.write(path, () =>
      this.file.create_dataset({
        name: relative(path),
        data: new Float32Array(0),
        shape: [0, ...rowShape],
        maxshape: [null, ...rowShape],
        chunks: [rowsPerChunk, ...rowShape],
      }),
    );
    return new Hdf5Rows(dataset, rowShape, (action) => this.write(path, action));
  }

  /** Flushes and closes; throws `io` when the disk is full. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.write("on closing", () => this.library.close(this.file));
  }

  private object(path: string): File | Dataset {
    if (path === "/") return this.file;
    return this.file.get(relative(path)) as Dataset;
  }

  private write<T>(what: string, action: () => T): T {
    try {
      return this.library.call(action);
    } catch (cause) {
      throw new WgraftError("io", `cannot write ${this.path} (${what}): ${messageOf(cause)}`, { cause });
    }
  }
}

/** A dataset that grows along axis 0. */
export class Hdf5Rows {
  private count = 0;

  constructor(
    private readonly dataset: Dataset,
    private readonly rowShape: readonly number[],
    private readonly write: (action: () => void) => void,
  ) {}

  /** Rows so far. */
  get length(): number {
    return this.count;
  }

  /** Appends the whole rows in `data`. */
  append(data: Float32Array): void {
    const rows = data.length / sizeOf(this.rowShape);
    if (!Number.isInteger(rows))
      throw new WgraftError("internal", `${data.length} values are no whole number of rows`);
    if (rows === 0) return;
    const end = this.count + rows;
    this.write(() => {
      this.dataset.resize([end, ...this.rowShape]);
      this.dataset.write_slice([[this.count, end], ...this.rowShape.map((): [] => [])], data);
    });
    this.count = end;
  }
}

function expectValues(path: string, shape: readonly number[], count: number): void {
  if (count === sizeOf(shape)) return;
  throw new WgraftError("internal", `${path}: ${count} values for shape ${shape.join("×")}`);
}

/** h5wasm joins names to the group's path itself. */
function relative(path: string): string {
  return path.replace(/^\/+/, "");
}
