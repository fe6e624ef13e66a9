/** What the nodes of a trace mean for one another. */
import type { Value } from "../kernels/op.js";
import type { Node, Trace } from "./graph.js";
import { largest } from "../tensor.js";

/** Indices of the inputs that a node writes. */
export function mutatedInputs(node: Node): readonly number[] {
  return node.op.mutates?.(node.attrs) ?? [];
}

/** Whether a node makes the same in every run: of `constants`, ids of values, alone. */
export function isConstantNode(node: Node, constants: { has(id: number): boolean }): boolean {
  return mutatedInputs(node).length === 0 && node.inputs.every(({ id }) => constants.has(id));
}

/** The first id that no value of a trace has, and none after it. */
export function firstFreeId({ nodes, inputs, variables }: Trace): number {
  const values = [...nodes.flatMap((node) => node.outputs), ...inputs.values(), ...variables.values()];
  return values.reduce((most, { id }) => Math.max(most, id), -1) + 1;
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

/** The id of the value whose storage each value shares: its own, unless it is another one under a new shape. */
export function storageOf(nodes: readonly Node[]): (value: Value) => number {
  const roots = new Map<number, number>();
  const root = (value: Value) => roots.get(value.id) ?? value.id;
  for (const { op, inputs, outputs } of nodes) if (op.alias) roots.set(outputs[0].id, root(inputs[0]));
  return root;
}

/**
 * The same nodes with every write to a variable moved up to where its inputs are ready and nobody is left to read the old
 * value. A gradient then lives until the next node and not to the end, where optimizers are traced.
 */
export function withEarlyWrites(nodes: readonly Node[]): Node[] {
  const storage = storageOf(nodes);
  /** Where each value was last written, and last used in any way: places in the new order. */
  const [written, used] = [new Map<number, number>(), new Map<number, number>()];
  const placed = nodes.map((node, index) => {
    const inputs = node.inputs.map(storage);
    const changed = mutatedInputs(node).map((i) => inputs[i]);
    const ready = [...inputs.map((id) => written.get(id)), ...changed.map((id) => used.get(id))];
    const place =
      changed.length > 0
        ? largest(
            ready.map((at) => at ?? -1),
            -1,
          )
        : index;
    for (const id of [...changed, ...node.outputs.map(storage)]) written.set(id, place);
    for (const id of [...inputs, ...node.outputs.map(storage)])
      used.set(id, Math.max(place, used.get(id) ?? -1));
    return { node, place, moved: changed.length > 0, index };
  });
  // At one place: the node that is there, then those that moved behind it, as they stood.
  placed.sort((a, b) => a.place - b.place || Number(a.moved) - Number(b.moved) || a.index - b.index);
  return placed.map(({ node }) => node);
}
