/** How long the reading of one HDF5 file may take, and how much memory. */
import { WgraftError } from "../../errors.js";
import { abortSignal, number, type Check } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { isPlainObject } from "../../options/describe.js";
import { optional, optionsOf } from "../../options/fields.js";

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

const limitsTable = optionsOf<ReadLimits>("limits").fields({
  seconds: optional(number({ above: 0 })),
  memory: optional(number({ above: 0 })),
});

const limits: Check<ReadLimits> = {
  expected: "an object { seconds, memory }",
  read: (value) => (isPlainObject(value) ? checkOptions(limitsTable, value) : undefined),
};

/** For the tables of functions that take ReadOptions. */
export const readFields = { limits: optional(limits), signal: optional(abortSignal) };

const BASE_SECONDS = 5;
/** A slow network drive's. */
const BYTES_PER_SECOND = 10e6;
const BASE_MEMORY = 640 * 2 ** 20;
const MEMORY_PER_BYTE = 16;

/** @param valueBytes that are asked for so far */
export function secondsFor(byteLength: number, valueBytes: number, { seconds }: ReadLimits = {}): number {
  return (
    seconds ??
    fromEnvironment("WGRAFT_READ_SECONDS") ??
    BASE_SECONDS + (byteLength + valueBytes) / BYTES_PER_SECOND
  );
}

/** In bytes. */
export function memoryFor(byteLength: number, { memory }: ReadLimits = {}): number {
  if (memory !== undefined) return memory;
  const mebibytes = fromEnvironment("WGRAFT_READ_MIB");
  return mebibytes === undefined ? BASE_MEMORY + MEMORY_PER_BYTE * byteLength : mebibytes * 2 ** 20;
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new WgraftError("usage", `${name}: expected a positive number, got ${JSON.stringify(text)}`);
}
