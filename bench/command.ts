/** What the suite is given by the command that runs it. */
import type { Device } from "../src/kernels/gpu/device.js";

export interface BenchOptions {
  only?: RegExp;
  quick?: boolean;
  list?: boolean;
  tune?: boolean;
  out?: string;
  compare?: string;
  chart?: string;
  peers?: boolean;
  python?: string;
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
