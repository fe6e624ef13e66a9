/** Reverse-mode differentiation: walks the graph backwards and lets each op emit its gradient as ordinary nodes. */
import { shapeError, WgraftError } from "../errors.js";
import { add } from "../kernels/elementwise/binary.js";
import { fill } from "../kernels/elementwise/elementwise.js";
import type { Value } from "../kernels/op.js";
import { formatShape, sameShape } from "../tensor.js";
import type { Graph, Node } from "./graph.js";
import { dependents } from "./passes.js";

/**
 * Adds nodes that compute ∂`loss`/∂w for each w of `wrt`, and returns those gradients; undefined where the loss does
 * not depend on w.
 *
 * Only nodes on a path from some w to the loss are visited: a frozen prefix of a network costs no gradient, and its
 * activations are not kept, because nothing reads them later.
 *
 * @param loss a scalar of the graph; any value, where `seed` is given
 * @param seed the gradient that flows into `loss`, of its shape; default 1
 * @example
 * const graph = new Graph();
 * const weight = graph.input("weight", { shape: [], dtype: "float32" });
 * const loss = graph.add(ops.multiply, [weight, weight], {});
 * const [gradient] = gradients(graph, loss, [weight]); // a node that computes 2 · weight
 */
export function gradients(
  graph: Graph,
  loss: Value,
  wrt: readonly Value[],
  seed?: Value,
): (Value | undefined)[] {
  if (!sameShape(loss.shape, seed?.shape ?? [])) {
    throw shapeError("gradients", "a scalar loss, or a seed of its shape", formatShape(loss.shape));
  }
  const depends = dependents(graph.nodes, wrt);
  const cotangents = new Map<number, Value>();
  graph.beginBackward(wrt);
  if (depends.has(loss.id)) cotangents.set(loss.id, seed ?? graph.add(fill, [], { shape: [], value: 1 }));
  const forward = [...graph.nodes];
  for (const node of forward.reverse()) {
    const dy = node.outputs[0] && cotangents.get(node.outputs[0].id);
    if (!dy) continue;
    const needs = node.inputs.map((v) => depends.has(v.id));
    const grads = graph.scoped(node.scope, () => vjpOf(node)(graph, dy, node, node.attrs, needs));
    node.inputs.forEach((input, i) => {
      const grad = grads[i];
      if (!needs[i] || !grad) return;
      const before = cotangents.get(input.id);
      cotangents.set(input.id, before ? graph.add(add, [before, grad], {}) : grad);
    });
  }
  return wrt.map((w) => cotangents.get(w.id));
}

function vjpOf(node: Node) {
  if (node.op.vjp) return node.op.vjp.bind(node.op);
  const where = node.scope ? ` (layer ${node.scope})` : "";
  throw new WgraftError(
    "not-supported",
    `${node.op.name}${where} has no gradient; freeze the layers below it (trainable = false)`,
    { op: node.op.name },
  );
}
