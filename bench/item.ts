/** One thing that the suite measures, and what it is given to do so. */
import type { MemoryUse } from "../src/graph/plan/memory.js";
import type { Device } from "../src/kernels/gpu/device.js";
import type { Budget } from "./repeat.js";
import type { Summary } from "./statistics.js";

export type Group = "peak" | "kernel" | "job";

/** What the adapter reaches at best. */
export interface Peaks {
  /** Fused multiply-adds in registers, two operations each. */
  readonly gflops: number;
  /** Reading and writing buffers far beyond the caches, both counted. */
  readonly gbps: number;
}

export interface Bench {
  readonly device: Device;
  readonly budget: Budget;
  readonly signal?: AbortSignal;
  /** The adapter that the command line was asked for: part of its name. */
  readonly adapter?: string;
  /** Measured at the first call. */
  peaks(): Promise<Peaks>;
}

/** What came of an item. Times are milliseconds of one run. */
export interface Measurement extends Summary {
  /** Shapes and sizes: figures are comparable only where these agree. */
  readonly detail: string;
  /** Useful operations: a multiply-add counts two, a convolution as its direct form. */
  readonly gflops?: number;
  /** Bytes that must be read and written at least once. */
  readonly gbps?: number;
  /** Of the measured peaks. Above 1 where data stay in a cache, or an algorithm does with fewer operations. */
  readonly flopShare?: number;
  readonly byteShare?: number;
  /** Work in a second, for jobs that have a unit of it. */
  readonly rate?: { readonly value: number; readonly unit: string };
  /** The plan of the program that ran. */
  readonly memory?: MemoryUse;
  readonly note?: string;
}

export interface Item {
  /** Unique; what `--only` is matched against. */
  readonly name: string;
  readonly group: Group;
  /** Left out, with a note, where the adapter does not support it. Default false: that is a failure. */
  readonly optional?: boolean;
  readonly measure: (bench: Bench) => Promise<Measurement>;
}
