/** One dataset of an open HDF5 file: what it declares, checked against what the file can hold, and its values. */
import { TypeClass, type Metadata } from "./library.js";
import type { OpenFile } from "./openFile.js";
import { decodeStrings } from "./strings.js";
import { formatShape, sizeOf } from "../../tensor.js";

/** A dataset larger than this is refused: 4 GiB, ten times the largest weight of the Keras applications. */
const MAX_BYTES = 2 ** 32;
/** Deflate cannot do better (RFC 1951: 258 bytes for 2 bits), so a compressed dataset that claims more is a trap. */
const MAX_DEFLATE_RATIO = 1032;
/** Chunks are inflated whole in WebAssembly memory. */
const MAX_CHUNK_BYTES = 2 ** 30;
/** What is read in one piece: WebAssembly memory never shrinks. */
const BLOCK_BYTES = 2 ** 26;
const MAX_STRINGS = 10_000_000;
/** H5Z_FILTER_DEFLATE, _SHUFFLE, _FLETCHER32: what h5py's gzip uses and what is built in. */
const KNOWN_FILTERS = new Set([1, 2, 3]);

export class Hdf5Dataset {
  readonly shape: readonly number[];
  private readonly metadata: Metadata;

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

  /**
   * Values in C order, float64 rounded to float32.
   *
   * @param rows `[start, end)` along axis 0. Default: all.
   * @param into takes the values where it is large enough, in place of a new array; what comes back is its beginning
   */
  readFloat32(rows?: readonly [number, number], into?: Float32Array): Float32Array {
    if (this.dtype !== "float32" && this.dtype !== "float64") {
      throw this.file.error(`${this.path} holds ${this.dtype}, where float32 is needed`);
    }
    this.checkSize();
    const [start, end] = rows ?? [0, this.shape[0] ?? 1];
    const shape = this.shape.length === 0 ? [] : [end - start, ...this.shape.slice(1)];
    const size = sizeOf(shape);
    const values = into && into.length >= size ? into.subarray(0, size) : new Float32Array(size);
    const maxCount = BLOCK_BYTES / this.metadata.size;
    let written = 0;
    for (const block of blocksOf(shape, maxCount)) {
      const n = sizeOf(block.count);
      const offset = block.offset.map((o, axis) => (axis === 0 ? o + start : o));
      this.readBlock(offset, block.count, (pointer) => {
        const { buffer } = this.module.HEAPU8;
        values.set(
          this.metadata.size === 4
            ? new Float32Array(buffer, pointer, n)
            : new Float64Array(buffer, pointer, n),
          written,
        );
      });
      written += n;
    }
    return values;
  }

  /** The strings of a one-dimensional dataset. */
  readStrings(): string[] {
    if (this.dtype !== "string" || this.shape.length !== 1) {
      throw this.file.error(
        `${this.path} is ${this.dtype} ${formatShape(this.shape)}, where a list of strings is needed`,
      );
    }
    this.checkSize();
    if (sizeOf(this.shape) > MAX_STRINGS)
      throw this.file.error(`${this.path} holds more than ${MAX_STRINGS} strings`);
    const values: string[] = [];
    for (const { offset, count } of blocksOf(this.shape, 65_536)) {
      this.readBlock(offset, count, (pointer) => {
        // One by one: a spread of so many arguments overflows the stack.
        for (const text of decodeStrings(this.module, pointer, count[0], this.metadata)) values.push(text);
      });
    }
    return values;
  }

  private readBlock(
    offset: readonly number[],
    count: readonly number[],
    use: (pointer: number) => void,
  ): void {
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

  /** Before any memory is taken: can the file hold what this dataset declares? */
  private checkSize(): void {
    const { metadata } = this;
    if (metadata.virtual_sources)
      throw this.file.error(`${this.path} takes its values from other files, which wgraft does not`);
    const filters = this.file.read(this.path, () => this.module.get_dataset_filters(this.file.id, this.path));
    const unknown = filters.find((f) => !KNOWN_FILTERS.has(f.id));
    if (unknown)
      throw this.file.error(
        `${this.path} is compressed with ${unknown.name || `filter ${unknown.id}`}; only gzip is read`,
      );
    const byteLength = sizeOf(this.shape) * metadata.size;
    const fileCanHold = this.file.byteLength * (filters.length > 0 ? MAX_DEFLATE_RATIO : 1);
    if (byteLength > Math.min(MAX_BYTES, fileCanHold)) {
      const limit =
        byteLength > MAX_BYTES ? `the limit of ${MAX_BYTES}` : `the file holds (${this.file.byteLength})`;
      throw this.file.error(
        `${this.path} ${formatShape(this.shape)} declares ${byteLength} bytes, more than ${limit}`,
      );
    }
    if (metadata.chunks && sizeOf(metadata.chunks) * metadata.size > MAX_CHUNK_BYTES) {
      throw this.file.error(`${this.path} has chunks of more than ${MAX_CHUNK_BYTES} bytes`);
    }
  }

  private get module() {
    return this.file.library.module;
  }
}

interface Block {
  offset: number[];
  count: number[];
}

/** Cuts a shape into blocks of at most `maxCount` elements, each contiguous in C order, in that order. */
function* blocksOf(shape: readonly number[], maxCount: number): Generator<Block> {
  if (sizeOf(shape) === 0) return;
  const [rows, ...rest] = shape;
  if (rows === undefined || sizeOf(shape) <= maxCount) {
    yield { offset: shape.map(() => 0), count: [...shape] };
    return;
  }
  const rowsAtOnce = Math.floor(maxCount / sizeOf(rest));
  for (let row = 0; row < rows; row += Math.max(rowsAtOnce, 1)) {
    if (rowsAtOnce > 0) {
      yield { offset: [row, ...rest.map(() => 0)], count: [Math.min(rowsAtOnce, rows - row), ...rest] };
    } else {
      for (const block of blocksOf(rest, maxCount))
        yield { offset: [row, ...block.offset], count: [1, ...block.count] };
    }
  }
}
