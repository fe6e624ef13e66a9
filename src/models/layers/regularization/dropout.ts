import { WgraftError } from "../../../errors.js";
import { dropout } from "../../../kernels/elementwise/dropout.js";
import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type LayerOptions } from "../layer.js";

/**
 * Zeroes a random share of the values in training and scales the rest by 1/(1 − rate); does nothing otherwise.
 * The mask follows from (seed, step, place in the graph) alone and is never stored.
 */
export class Dropout extends Layer {
  override readonly className = "Dropout";
  /** Share of values that are dropped, in [0, 1). May be changed before the next `compile`. */
  rate: number;

  constructor(options: LayerOptions & { rate: number }) {
    super("dropout", options);
    this.rate = options.rate;
    if (!(options.rate >= 0 && options.rate < 1)) {
      throw new WgraftError("usage", `layer ${this.name}: expected a rate in [0, 1), got ${options.rate}`);
    }
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    if (!context.training || !context.step || this.rate === 0) return input;
    const attrs = { rate: this.rate, seed: context.seed, node: context.graph.nodes.length };
    return context.graph.add(dropout, [input, context.step], attrs);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), rate: this.rate, seed: null, noise_shape: null };
  }
}
