/** How long the reading of one HDF5 file may take, and how much memory. */
import { WgraftError } from "../../errors.js";

/** Bounds on what an HDF5 file may cost to read. A file that exceeds one is refused as damaged. */
export interface ReadLimits {
  /**
   * Seconds that HDF5 may work on one file. Default: `$WGRAFT_READ_SECONDS`, or 5 and one for each 10 MB that the file has
   * and for each 10 MB of values that are read.
   */
  seconds?: number;
  /**
   * Bytes of memory that HDF5 may take, and the values of one dataset. Default: `$WGRAFT_READ_MIB` (in MiB), or 640 MiB and
   * 16 times the size of the file, which compressed values may need.
   */
  memory?: number;
}

/** What every function that reads an HDF5 file takes. */
export interface ReadOptions {
  limits?: ReadLimits;
  /** Stops the reading, which rejects with an `aborted` error. */
  signal?: AbortSignal;
}

const BASE_SECONDS = 5;
/** A slow network drive's. */
const BYTES_PER_SECOND = 10e6;
const BASE_MEMORY = 640 * 2 ** 20;
const MEMORY_PER_BYTE = 16;

/** @param valueBytes that are asked for so far */
export function secondsFor(byteLength: number, valueBytes: number, limits: ReadLimits = {}): number {
  return (
    positive("limits.seconds", limits.seconds) ??
    fromEnvironment("WGRAFT_READ_SECONDS") ??
    BASE_SECONDS + (byteLength + valueBytes) / BYTES_PER_SECOND
  );
}

/** In bytes. */
export function memoryFor(byteLength: number, limits: ReadLimits = {}): number {
  const mebibytes = fromEnvironment("WGRAFT_READ_MIB");
  return (
    positive("limits.memory", limits.memory) ??
    (mebibytes === undefined ? BASE_MEMORY + MEMORY_PER_BYTE * byteLength : mebibytes * 2 ** 20)
  );
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined || text === "" ? undefined : positive(name, Number(text));
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value > 0) return value;
  throw new WgraftError("usage", `${name}: expected a positive number, got ${String(value)}`);
}
