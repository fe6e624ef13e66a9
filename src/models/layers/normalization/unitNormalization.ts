import { multiply } from "../../../kernels/elementwise/binary.js";
import { rsqrt } from "../../../kernels/elementwise/rsqrt.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { sumTo } from "../../../kernels/shape/broadcastTo.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { axisList, sampleAxes } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface UnitNormalizationOptions extends LayerOptions {
  /** The axes whose values have a length together, counting the batch axis; negative from the end. Default −1. */
  axis?: number | readonly number[];
}

const table = layerOptions<UnitNormalizationOptions>("UnitNormalization").fields({
  axis: optional(axisList, -1),
});

/**
 * x divided by its length over some axes, but by 1e-12 at least. Follows keras/src/layers/normalization/unit_normalization.py.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new UnitNormalization().apply(features).shape); // [ 512 ]
 */
export class UnitNormalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: UnitNormalizationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    sampleAxes(this, this.args.axis, input);
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    return emitUnit(graph, input, sampleAxes(this, this.args.axis, input.shape.slice(1)));
  }
}

/** x divided by its length over some of its axes, from 0 on. */
export function emitUnit(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const [squares] = g.apply(multiply, [x, x], {});
  const [sums] = g.apply(sumTo, [squares], { shape });
  const [factors] = g.apply(rsqrt, [sums], { least: 1e-24 });
  return g.apply(multiply, [x, factors], {})[0];
}
