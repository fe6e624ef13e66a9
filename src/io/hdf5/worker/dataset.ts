/** One dataset of an open HDF5 file: what it declares, checked against the file's size, and its values. */
import { formatShape, sizeOf } from "../../../tensor.js";
import { cut, regionOf, type Region } from "../regions.js";
import { TypeClass, type Metadata } from "../library.js";
import type { DatasetOutline } from "../protocol.js";
import type { OpenFile } from "./openFile.js";
import { Refusal } from "./refusal.js";
import { decodeStrings } from "./strings.js";

/** More than this is not read at once: 4 GiB, ten times the largest weight of the Keras applications. */
const MAX_BYTES = 2 ** 32;
/** Deflate cannot do better (RFC 1951: 258 bytes for 2 bits), so a compressed dataset that claims more is a trap. */
const MAX_DEFLATE_RATIO = 1032;
/** What is read in one piece: WebAssembly's memory never shrinks, and a reader works on one piece while the next comes. */
const BLOCK_BYTES = 2 ** 24;
/** Chunks are inflated whole for each piece that has a part of them. */
const CHUNKED_BLOCK_BYTES = 2 ** 26;
const MAX_STRINGS = 10_000_000;
/** H5Z_FILTER_DEFLATE, _SHUFFLE, _FLETCHER32: what h5py's gzip uses and what is built in. */
const KNOWN_FILTERS = new Set([1, 2, 3]);

/** Values that may be read: they fit in the file and in memory. */
interface Part {
  /** Number of values. */
  readonly size: number;
  read(values: Float32Array): void;
}

/**
 * The values of parts, one after the other.
 *
 * @param into comes back with the values at its beginning, where it is large enough; else a new one does
 */
export function readParts(parts: readonly Part[], into?: ArrayBuffer): ArrayBuffer {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const buffer = into && into.byteLength >= 4 * size ? into : new ArrayBuffer(4 * size);
  const values = new Float32Array(buffer, 0, size);
  let at = 0;
  for (const part of parts) part.read(values.subarray(at, (at += part.size)));
  return buffer;
}

type NumberArray = (memory: ArrayBuffer, offset: number, length: number) => ArrayLike<number>;

const floats = {
  float32: (...place: Parameters<NumberArray>) => new Float32Array(...place),
  float64: (...place: Parameters<NumberArray>) => new Float64Array(...place),
};

const counters = {
  int32: (...place: Parameters<NumberArray>) => new Int32Array(...place),
  int64: (...place: Parameters<NumberArray>) => Float64Array.from(new BigInt64Array(...place), Number),
};

export class Dataset {
  readonly shape: readonly number[];
  private readonly metadata: Metadata;
  /** Whether its values count in the file's budgets. */
  private isCounted = false;

  constructor(
    private readonly file: OpenFile,
    /** Absolute within the file. */
    readonly path: string,
  ) {
    this.metadata = file.read(path, () => this.module.get_dataset_metadata(file.id, path));
    this.shape = this.metadata.shape ?? [];
  }

  /** "float32", "float64", "int32", "uint8"…, or "string". */
  get dtype(): string {
    const { type, size, signed } = this.metadata;
    if (type === TypeClass.float) return `float${8 * size}`;
    if (type === TypeClass.integer) return `${signed ? "" : "u"}int${8 * size}`;
    return type === TypeClass.string ? "string" : `class ${type}`;
  }

  outline(): DatasetOutline {
    const { path, shape, dtype, blockCount } = this;
    return { kind: "dataset", path, shape, dtype, blockCount };
  }

  /** Values in C order, rounded to float32. */
  part(region: Region): Part {
    if (!this.numbers) {
      throw new Refusal(`${this.path} contains ${this.dtype}, where float32 is needed`);
    }
    const size = sizeOf(region.count);
    this.checkSize(size);
    return { size, read: (values) => this.readInto(values, region) };
  }

  /** How its values lie in memory; undefined where they are not read. Of integers, only lone ones are: counters. */
  private get numbers() {
    const types: Readonly<Record<string, NumberArray | undefined>> =
      this.shape.length === 0 ? { ...floats, ...counters } : floats;
    return types[this.dtype];
  }

  private readInto(values: Float32Array, region: Region): void {
    let written = 0;
    for (const block of cut(region, this.blockCount)) {
      const n = sizeOf(block.count);
      this.readBlock(block, (pointer) => {
        const memory = this.module.HEAPU8.buffer as ArrayBuffer;
        values.set(this.numbers!(memory, pointer, n), written);
      });
      written += n;
    }
  }

  /** The strings of a one-dimensional dataset. */
  readStrings(): string[] {
    if (this.dtype !== "string" || this.shape.length !== 1) {
      throw new Refusal(
        `${this.path} is ${this.dtype} ${formatShape(this.shape)}, where a list of strings is needed`,
      );
    }
    const size = sizeOf(this.shape);
    this.checkSize(size);
    if (size > MAX_STRINGS) throw new Refusal(`${this.path} contains more than ${MAX_STRINGS} strings`);
    const values: string[] = [];
    for (const block of cut(regionOf(this.shape), 65_536)) {
      this.readBlock(block, (pointer) => {
        // One by one: a spread of so many arguments overflows the stack.
        for (const text of decodeStrings(this.module, pointer, block.count[0], this.metadata, this.file.text))
          values.push(text);
      });
    }
    return values;
  }

  /** Elements that are read in one piece. */
  private get blockCount(): number {
    return (this.metadata.chunks ? CHUNKED_BLOCK_BYTES : BLOCK_BYTES) / this.metadata.size;
  }

  private readBlock({ offset, count }: Region, use: (pointer: number) => void): void {
    const { library, id } = this.file;
    const extent = count.map(BigInt);
    this.file.read(this.path, () =>
      library.withMemory(sizeOf(count) * this.metadata.size, (pointer) => {
        const whole = count.length === 0;
        library.callForStatus(() =>
          this.module.get_dataset_data(
            id,
            this.path,
            whole ? null : extent,
            whole ? null : offset.map(BigInt),
            whole ? null : extent.map(() => 1n),
            BigInt(pointer),
          ),
        );
        try {
          use(pointer);
        } finally {
          if (this.metadata.vlen) {
            this.module.reclaim_vlen_memory_count(id, this.path, "", BigInt(pointer), extent);
          }
        }
      }),
    );
  }

  /** Before any memory is taken: can the file contain what this dataset declares, and may `count` of it be read at once? */
  private checkSize(count: number): void {
    const { file, metadata, path } = this;
    if (metadata.virtual_sources)
      throw new Refusal(`${path} takes its values from other files, which wgraft does not`);
    const filters = file.read(path, () => this.module.get_dataset_filters(file.id, path));
    const unknown = filters.find((f) => !KNOWN_FILTERS.has(f.id));
    if (unknown)
      throw new Refusal(
        `${path} is compressed with ${unknown.name || `filter ${unknown.id}`}; only gzip is read`,
      );
    const declared = sizeOf(this.shape) * metadata.size;
    const refuse = (bytes: number, limit: string) =>
      new Refusal(`${path} ${formatShape(this.shape)} declares ${bytes} bytes, more than ${limit}`);
    const isPacked = filters.length > 0;
    const asked = count * metadata.size;
    if (asked > MAX_BYTES) throw refuse(asked, `the limit of ${MAX_BYTES}`);
    if (declared > file.byteLength * (isPacked ? MAX_DEFLATE_RATIO : 1))
      throw refuse(declared, `the file has (${file.byteLength})`);
    if (!this.isCounted) (isPacked ? file.unpacked : file.plain).take(declared);
    this.isCounted = true;
    if (isPacked && metadata.chunks) this.reserveChunk(sizeOf(metadata.chunks) * metadata.size);
  }

  /** HDF5 inflates a chunk into a buffer that doubles until it is large enough. */
  private reserveChunk(chunkBytes: number): void {
    if (chunkBytes <= CHUNKED_BLOCK_BYTES) return;
    const needed = CHUNKED_BLOCK_BYTES + 2.05 * chunkBytes;
    if (needed > this.file.memory)
      throw new Refusal(
        `${this.path} has chunks of ${chunkBytes} bytes, too large for the limit of ${this.file.memory}`,
      );
    this.file.reserve(Math.ceil(needed));
  }

  private get module() {
    return this.file.module;
  }
}
