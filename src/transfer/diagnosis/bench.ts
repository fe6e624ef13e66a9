/** What the benchmark suite is asked for and given, a separate bundle that the command line loads. */
import type { Device } from "../../kernels/gpu/device.js";

export interface BenchOptions {
  /** Of the names of items. Default: all. */
  only?: RegExp;
  quick?: boolean;
  list?: boolean;
  tune?: boolean;
  out?: string;
  compare?: string;
  chart?: string;
  peers?: boolean;
  python?: string;
  /** Part of an adapter's name, for the peers. */
  adapter?: string;
}

export interface BenchContext {
  readonly out: BenchOutput;
  readonly signal: AbortSignal;
  /** The device to measure, opened at the first call. */
  device(): Promise<Device>;
}

export interface BenchOutput {
  /** A line of the result, for people. */
  result(line?: string): void;
  /** A remark on the way. */
  note(line: string): void;
  /** The result for programs. */
  finish(object: object): void;
}

/** What the bundle exports. */
export interface BenchSuite {
  /** @returns whether nothing failed */
  readonly bench: (context: BenchContext, options: BenchOptions) => Promise<boolean>;
}
