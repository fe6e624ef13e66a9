/** What the nodes of a trace mean for one another. */
import type { Value } from "../kernels/op.js";
import type { Node, Trace } from "./graph.js";

/** Indices of the inputs that a node writes. */
export function mutatedInputs(node: Node): readonly number[] {
  return node.op.mutates?.(node.attrs) ?? [];
}

/** The nodes that matter, in order: those that the outputs or a write to a variable depend on. */
export function liveNodes(trace: Trace, outputs: readonly Value[]): Node[] {
  const wanted = new Set(outputs.map((v) => v.id));
  const live: Node[] = [];
  for (const node of [...trace.nodes].reverse()) {
    const isLive = node.outputs.some((v) => wanted.has(v.id)) || mutatedInputs(node).length > 0;
    if (!isLive) continue;
    for (const input of node.inputs) wanted.add(input.id);
    live.push(node);
  }
  return live.reverse();
}

/** Ids of the values that depend on any of `roots`, the roots included. */
export function dependents(nodes: readonly Node[], roots: readonly Value[]): Set<number> {
  const ids = new Set(roots.map((r) => r.id));
  for (const node of nodes) {
    const first = node.outputs[0];
    if (first && node.inputs.some((v) => ids.has(v.id))) ids.add(first.id);
  }
  return ids;
}
