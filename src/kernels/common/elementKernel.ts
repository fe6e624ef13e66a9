import elements from "../../../wgsl/common/elements.wgsl";
import invocations from "../../../wgsl/common/invocations.wgsl";
import linearIndex from "../../../wgsl/common/linear_index.wgsl";
import rowReduce from "../../../wgsl/common/row_reduce.wgsl";
import rows from "../../../wgsl/common/rows.wgsl";
import type { Access, Kernel } from "../op.js";

/** A kernel whose invocations work alone. `source` has `fn invocation(i: u32)` and all bindings. */
export function invocationKernel(
  name: string,
  source: string,
  access: readonly Access[],
  params?: readonly string[],
): Kernel {
  return { name, source: linearIndex + invocations + source, access, ...(params && { params }) };
}

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
  const access = ["read_write", ...Array<"read">(reads).fill("read")] as const;
  return invocationKernel(name, elements + source, access, params);
}

/**
 * A kernel that gives a workgroup to each row (`launchRows`). `source` has all bindings, `fn rows() -> u32`, how many there are, and
 * `fn compute_row(row: u32, local: u32)`, which finds the reductions of wgsl/common/row_reduce.wgsl.
 */
export function rowKernel(
  name: string,
  source: string,
  access: readonly Access[],
  params?: readonly string[],
): Kernel {
  return { name, source: rowReduce + rows + source, access, ...(params && { params }) };
}
