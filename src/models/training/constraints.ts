/** What an update is followed by where a layer has constraints. */
import { shapeError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Variable } from "../../graph/variable.js";
import { constrainNonNegative, constrainNorm } from "../../kernels/training/constrain.js";
import type { Bounds } from "../constraints.js";
import type { Layer, Weight } from "../layers/layer.js";

/**
 * Emits what brings weights back within their bounds; to be emitted after their updates.
 * @param trained the weights that are updated
 */
export function emitConstraints(graph: Graph, layers: readonly Layer[], trained: readonly Weight[]): void {
  const updated = new Set(trained);
  for (const layer of new Set(layers))
    for (const { weight, bounds } of layer.weightBounds)
      if (updated.has(weight)) emitConstraint(graph, weight.variable, bounds);
}

function emitConstraint(graph: Graph, variable: Variable, { className, config }: Bounds): void {
  const weight = graph.variable(variable);
  if (className === "NonNeg") {
    graph.apply(constrainNonNegative, [weight], {});
    return;
  }
  const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = config;
  const [minimum, maximum] = className === "UnitNorm" ? [1, 1] : [minValue, maxValue];
  graph.apply(constrainNorm, [weight], { axes: axesOf(variable, [axis].flat()), minimum, maximum, rate });
}

/** Ascending, counted from the front. */
function axesOf({ name, shape }: Variable, given: readonly number[]): number[] {
  const places = given.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
  const isGood =
    places.every((axis, i) => axis === places[0] + i) && places[0] >= 0 && places.at(-1)! < shape.length;
  if (isGood) return places;
  throw shapeError(
    `the constraint of ${name}`,
    `axes of [${shape.join(", ")}] next to each other`,
    given.join(", "),
  );
}
