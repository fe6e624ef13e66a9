/** One dataset of an open HDF5 file: what it declares, and its values. */
import { sizeOf } from "../../tensor.js";
import type { OpenFile } from "./openFile.js";
import type { DatasetOutline } from "./protocol.js";
import { cut, regionOf, type Region } from "./regions.js";

export type Values = Float32Array<ArrayBuffer>;

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
    return this.readRegion(regionOf(this.shape, rows));
  }

  /** Regions that together are all of it, in the order of the values. */
  regions(): Generator<Region> {
    return cut(regionOf(this.shape), this.outline.blockCount);
  }

  /** @param memory where the values are put, if it is large enough. It is of no use afterwards: what comes back lies in it. */
  async readRegion(region: Region, memory?: ArrayBuffer): Promise<Values> {
    const size = sizeOf(region.count);
    const into = memory && memory.byteLength >= 4 * size ? memory : undefined;
    const request = { kind: "float32", path: this.outline.path, region, into } as const;
    const result = await this.file.request(request, 4 * size, into && [into]);
    return new Float32Array(result as ArrayBuffer, 0, size);
  }

  /** The strings of a one-dimensional dataset. */
  async readStrings(): Promise<string[]> {
    const request = { kind: "strings", path: this.outline.path } as const;
    return (await this.file.request(request, 0)) as string[];
  }
}
