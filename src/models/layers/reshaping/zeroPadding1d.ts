import type { Value } from "../../../kernels/op.js";
import { padAxis } from "../../../kernels/shape/slice.js";
import { onlyRead, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { asImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { ends } from "./sides.js";

export interface ZeroPadding1DOptions extends LayerOptions {
  /** Steps of zeros: one number for both ends, or one for each. Default 1. */
  padding?: number | readonly [number, number];
}

const table = layerOptions<ZeroPadding1DOptions>("ZeroPadding1D").fields(
  { padding: optional(ends, 1) },
  { data_format: onlyRead("channels_last", null) },
);

/**
 * Zeros before and after a sequence (steps, channels).
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new ZeroPadding1D({ padding: 1 }).apply(steps).shape); // [ 102, 16 ]
 */
export class ZeroPadding1D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ZeroPadding1DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, steps, channels] = asImageShape(this, 1, input);
    const [before, after] = this.args.padding;
    return [before + steps + after, channels];
  }

  override call({ graph }: CallContext, input: Value): Value {
    const [before, after] = this.args.padding;
    return graph.add(padAxis, [input], { axis: 1, before, after });
  }
}
