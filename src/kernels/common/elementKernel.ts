import elements from "../../../wgsl/common/elements.wgsl";
import linearIndex from "../../../wgsl/common/linear_index.wgsl";
import type { Kernel } from "../op.js";

/**
 * A kernel that computes each element of its output alone. `source` has `fn element(i: u32) -> T`, the i-th element, and declares the
 * bindings from 1 on, all of them read; the prelude says what `T` and `Stored` are.
 *
 * @param reads how many bindings those are
 */
export function elementKernel(
  name: string,
  source: string,
  reads: number,
  params?: readonly string[],
): Kernel {
  return {
    name,
    source: linearIndex + elements + source,
    access: ["read_write", ...Array<"read">(reads).fill("read")],
    ...(params && { params }),
  };
}
