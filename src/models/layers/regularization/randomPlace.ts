/** Which numbers of the generator a layer draws. */
import type { Graph } from "../../../graph/graph.js";
import { dropout } from "../../../kernels/elementwise/dropout.js";
import { randomNormal } from "../../../kernels/elementwise/randomNormal.js";
import type { RandomPlace } from "../../../kernels/elementwise/randomKey.js";
import { randomTransforms } from "../../../kernels/image/randomTransforms.js";
import type { Op, Value } from "../../../kernels/op.js";
import type { CallContext } from "../layer.js";

const randomOps = new Set<Op>([dropout, randomNormal, randomTransforms]);

/** What random ops of a layer need, in a training step; undefined in prediction. */
export function randomness({
  graph,
  training,
  step,
  seed,
  layersBefore = 0,
}: CallContext): { readonly step: Value; readonly place: RandomPlace } | undefined {
  return training && step ? { step, place: { seed, node: layersBefore + placesIn(graph) } } : undefined;
}

/**
 * How many layers of the graph have computed something so far: which mask this is. Layers are counted, not nodes, so that a
 * seeded training draws the same masks however many nodes a layer emits. Each random op counts, whatever its scope.
 */
export function placesIn({ nodes }: Graph): number {
  return nodes.filter(({ scope, op }, i) => scope !== nodes[i - 1]?.scope || randomOps.has(op)).length;
}
