/** Two nodes as one where an op does both, and nobody else wants what is between them. */
import { conv2d, type Conv2dAttrs } from "../kernels/conv/conv2d.js";
import { conv2dMaxPool, isPoolOfConv2dMaxPool } from "../kernels/conv/conv2dMaxPool.js";
import { maxPool2d, type MaxPool2dAttrs } from "../kernels/pool/maxPool2d.js";
import type { Op, Value } from "../kernels/op.js";
import type { Node } from "./graph.js";

/** An op, with the producer's inputs and the consumer's first output, that stands for the two; undefined for none. */
function fused(producer: Node, consumer: Node): { op: Op; attrs: unknown } | undefined {
  const isPool = consumer.op === maxPool2d && isPoolOfConv2dMaxPool(consumer.attrs as MaxPool2dAttrs);
  if (producer.op === conv2d && isPool) return { op: conv2dMaxPool, attrs: producer.attrs as Conv2dAttrs };
  return undefined;
}

/**
 * The same nodes with such pairs as one node each, where the second of them stood.
 *
 * @param nodes live ones, in order
 * @param outputs values that must exist
 */
export function withFusedNodes(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const uses = new Map<number, number>();
  for (const { id } of [...outputs, ...nodes.flatMap((node) => node.inputs)]) {
    uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value.id, node] as const)));
  const gone = new Set<Node>();
  const result = nodes.map((consumer) => {
    const [input] = consumer.inputs;
    const producer = input && producers.get(input.id);
    if (!producer || uses.get(input.id) !== 1) return consumer;
    // What the fused op does not make: an auxiliary output.
    if (consumer.outputs.slice(1).some((value) => uses.has(value.id))) return consumer;
    const both = fused(producer, consumer);
    if (!both) return consumer;
    gone.add(producer);
    const scope = [producer.scope, consumer.scope].filter(Boolean).join(" + ");
    return { ...consumer, ...both, scope, inputs: producer.inputs, outputs: consumer.outputs.slice(0, 1) };
  });
  return result.filter((node) => !gone.has(node));
}
