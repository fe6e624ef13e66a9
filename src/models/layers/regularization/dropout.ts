import type { Graph } from "../../../graph/graph.js";
import { dropout } from "../../../kernels/elementwise/dropout.js";
import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { fixed, ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface DropoutOptions extends LayerOptions {
  /** Share of values that are dropped, in [0, 1). */
  rate: number;
}

const table = layerOptions<DropoutOptions>("Dropout").fields(
  { rate: required(number({ min: 0, below: 1 })) },
  { seed: ignored(null), noise_shape: fixed(null) },
);

/**
 * Zeroes a random share of the values in training and scales the rest by 1/(1 − rate); does nothing otherwise.
 * The mask follows from (seed, step, place among the layers) alone and is never stored.
 */
export class Dropout extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DropoutOptions) {
    super(options);
  }

  /** Share of values that are dropped. May be changed before the next `compile`. */
  get rate(): number {
    return this.args.rate;
  }

  set rate(rate: number) {
    this.change("rate", rate);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    if (!context.training || !context.step || this.rate === 0) return input;
    const attrs = {
      rate: this.rate,
      seed: context.seed,
      node: (context.layersBefore ?? 0) + placesIn(context.graph),
    };
    return context.graph.add(dropout, [input, context.step], attrs);
  }
}

/**
 * How many layers of the graph have computed something so far: which mask this is. Layers are counted, not nodes, so that a
 * seeded training draws the same masks however many nodes a layer emits. Each dropout counts, whatever its scope.
 */
export function placesIn({ nodes }: Graph): number {
  return nodes.filter(({ scope, op }, i) => scope !== nodes[i - 1]?.scope || op === dropout).length;
}
