import { totalmem } from "node:os";
import type { AdapterInfo } from "./adapter.js";

/** What is left to the rest of a machine whose CPU plays the GPU. */
const shareOfHost = 0.8;

/**
 * The default memory budget of a program, in bytes. WebGPU reports neither free nor total memory, and Dawn's Node binding
 * does not show its memory heaps; a CPU adapter's memory is the machine's, or what its container may have of it.
 */
export function defaultMemoryBudget({ software }: Pick<AdapterInfo, "software">): number {
  if (!software) return Infinity;
  // 0, or more than any machine has, where nothing is constrained.
  const allowed = process.constrainedMemory() || Infinity;
  return Math.floor(shareOfHost * Math.min(totalmem(), allowed));
}
