/** What numbers of the counter-based generator depend on, besides the step and an element's index. */
import { WgraftError } from "../../errors.js";

export interface RandomPlace {
  /** A whole number from 0 to 2^53 - 1: the Philox key. */
  readonly seed: number;
  /** Distinguishes the random ops of one network: a uint32 of the Philox counter. */
  readonly node: number;
}

/** The same as `override` constants. @throws WgraftError `usage` for a seed that is none */
export function randomKey(op: string, { seed, node }: RandomPlace) {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new WgraftError("usage", `${op}: seed must be a whole number from 0 to 2^53 - 1, got ${seed}`);
  }
  return { node, seed_low: seed % 2 ** 32, seed_high: Math.floor(seed / 2 ** 32) };
}
