/** One dataset of an open HDF5 file: what it declares, and its values. */
import { sizeOf } from "../../tensor.js";
import type { OpenFile } from "./openFile.js";
import type { DatasetOutline } from "./protocol.js";
import { cut, regionOf, type Region } from "./regions.js";

export type Values = Float32Array<ArrayBuffer>;

/** Values of a dataset that are read in one piece. */
export interface Part {
  readonly file: OpenFile;
  /** Where the thread finds the dataset. */
  readonly path: string;
  readonly region: Region;
}

/**
 * Values of parts of one file, one part after the other, in C order, float64 rounded to float32.
 *
 * @param memory where the values are put, if it is large enough. It is of no use afterwards: what comes back lies in it.
 */
export async function readParts(parts: readonly Part[], memory?: ArrayBuffer): Promise<Values> {
  const size = parts.reduce((sum, { region }) => sum + sizeOf(region.count), 0);
  const into = memory && memory.byteLength >= 4 * size ? memory : undefined;
  const places = parts.map(({ path, region }) => ({ path, region }));
  const result = await parts[0].file.request(
    { kind: "float32", parts: places, into },
    4 * size,
    into && [into],
  );
  return new Float32Array(result as ArrayBuffer, 0, size);
}

export class Hdf5Dataset {
  constructor(
    private readonly file: OpenFile,
    /** Absolute within the file. */
    readonly path: string,
    private readonly outline: DatasetOutline,
  ) {}

  get shape(): readonly number[] {
    return this.outline.shape;
  }

  /** "float32", "float64", "int32", "uint8"…, or "string". */
  get dtype(): string {
    return this.outline.dtype;
  }

  /**
   * Values in C order, float64 rounded to float32.
   *
   * @param rows `[start, end)` along axis 0. Default: all.
   */
  readFloat32(rows?: readonly [number, number]): Promise<Values> {
    return readParts([this.part(regionOf(this.shape, rows))]);
  }

  /** All of it, in the order of the values. */
  *parts(): Generator<Part> {
    for (const region of cut(regionOf(this.shape), this.outline.blockCount)) yield this.part(region);
  }

  /** The strings of a one-dimensional dataset. */
  async readStrings(): Promise<string[]> {
    const request = { kind: "strings", path: this.outline.path } as const;
    return (await this.file.request(request, 0)) as string[];
  }

  private part(region: Region): Part {
    return { file: this.file, path: this.outline.path, region };
  }
}
