/** Rewrites of a traced graph before it is planned. */
import type { Value } from "../kernels/op.js";
import type { Graph, Node } from "./graph.js";

/** Indices of the inputs that a node writes. */
export function mutatedInputs(node: Node): readonly number[] {
  return node.op.mutates?.(node.attrs) ?? [];
}

/** The nodes that matter, in order: those that the outputs or a write to a variable depend on. */
export function liveNodes(graph: Graph, outputs: readonly Value[]): Node[] {
  const wanted = new Set(outputs.map((v) => v.id));
  const live: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const isLive = node.outputs.some((v) => wanted.has(v.id)) || mutatedInputs(node).length > 0;
    if (!isLive) continue;
    for (const input of node.inputs) wanted.add(input.id);
    live.push(node);
  }
  return live.reverse();
}
