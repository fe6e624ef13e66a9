/** What regularizers add to the loss, after `losses` of keras/src/layers/layer.py. */
import type { Graph } from "../../graph/graph.js";
import { relu } from "../../kernels/elementwise/activation.js";
import { add, multiply } from "../../kernels/elementwise/binary.js";
import { fill, scale } from "../../kernels/elementwise/elementwise.js";
import type { Value } from "../../kernels/op.js";
import { sumTo } from "../../kernels/shape/broadcastTo.js";
import { castTo } from "../../kernels/shape/cast.js";
import { mean } from "../../kernels/shape/reduce.js";
import { reshape } from "../../kernels/shape/reshape.js";
import type { Layer, Weight } from "../layers/layer.js";
import type { Network } from "../network.js";
import type { Penalty } from "../regularizers.js";

/** Gathers a graph's penalties while its layers emit their nodes. */
export class Penalties {
  /** Of outputs: one for each sample (n). */
  private readonly ofOutputs: Value[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly network: Network,
  ) {}

  /** To be called with what a layer has made. */
  observe(layer: Layer, outputs: readonly Value[]): void {
    const { activityPenalty: penalty } = layer;
    if (!penalty) return;
    const { graph } = this;
    for (const output of outputs) {
      const elements = emitPenalty(graph, castTo(graph, output, "float32"), penalty);
      this.ofOutputs.push(...elements.map((value) => sumKeeping(graph, value, output.shape[0])));
    }
  }

  /**
   * The scalar that the loss of a step contains: of outputs the mean over the samples, as Keras 3 divides by the batch.
   * @param trained the weights that are trained: as in Keras, those of frozen layers cost nothing
   */
  total(trained: readonly Weight[]): Value | undefined {
    const { graph } = this;
    return summed(graph, [
      ...this.ofWeights(trained),
      ...this.ofOutputs.map((value) => graph.add(mean, [value], {})),
    ]);
  }

  /** The same as a figure of each sample (n), whose mean it is. */
  ofEachSample(trained: readonly Weight[], samples: number): Value | undefined {
    const { graph } = this;
    const ofWeights = this.ofWeights(trained);
    if (ofWeights.length + this.ofOutputs.length === 0) return undefined;
    const zeros = graph.add(fill, [], { shape: [samples], value: 0 });
    return summed(graph, [zeros, ...this.ofOutputs, ...ofWeights]);
  }

  private ofWeights(trained: readonly Weight[]): Value[] {
    const { graph, network } = this;
    const variables = new Set(trained.map(({ variable }) => variable));
    const layers = [...new Set(network.leafLayers)];
    return layers.flatMap(({ weightPenalties }) =>
      weightPenalties
        .filter(({ weight }) => variables.has(weight.variable))
        .flatMap(({ weight, penalty }) =>
          emitPenalty(graph, graph.variable(weight.variable), penalty).map((value) =>
            sumKeeping(graph, value),
          ),
        ),
    );
  }
}

/** Whether a layer has a penalty on what it makes of samples. */
export function penalizesOutputs(network: Network): boolean {
  return network.leafLayers.some(({ activityPenalty }) => activityPenalty);
}

/** l1 · |x| and l2 · x² of every element, those that are not 0. */
function emitPenalty(graph: Graph, x: Value, { l1, l2 }: Penalty): Value[] {
  const values: Value[] = [];
  if (l1 > 0) {
    // Of gradient 0 at 0, as Keras's.
    const parts = [x, graph.add(scale, [x], { factor: -1 })].map((part) => graph.add(relu, [part], {}));
    values.push(graph.add(scale, [graph.add(add, parts, {})], { factor: l1 }));
  }
  if (l2 > 0) values.push(graph.add(scale, [graph.add(multiply, [x, x], {})], { factor: l2 }));
  return values;
}

/** The sum of all elements, a scalar; with `rows`, that of each row: (rows). */
function sumKeeping(graph: Graph, x: Value, rows?: number): Value {
  const size = x.shape.reduce((product, d) => product * d, 1);
  const flat = graph.add(reshape, [x], { shape: [rows ?? 1, size / (rows ?? 1)] });
  const sums = graph.add(sumTo, [flat], { shape: [rows ?? 1, 1] });
  return graph.add(reshape, [sums], { shape: rows === undefined ? [] : [rows] });
}

function summed(graph: Graph, values: readonly Value[]): Value | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => graph.add(add, [sum, value], {}));
}
