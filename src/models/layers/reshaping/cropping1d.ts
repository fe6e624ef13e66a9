import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { slice } from "../../../kernels/shape/slice.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { asImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { ends } from "./sides.js";

export interface Cropping1DOptions extends LayerOptions {
  /** Steps to take away: one number for both ends, or one for each. Default 1. */
  cropping?: number | readonly [number, number];
}

const table = layerOptions<Cropping1DOptions>("Cropping1D").fields({ cropping: optional(ends, 1) });

/**
 * Takes steps away from the ends of a sequence (steps, channels).
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new Cropping1D({ cropping: [2, 3] }).apply(steps).shape); // [ 95, 16 ]
 */
export class Cropping1D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: Cropping1DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, steps, channels] = asImageShape(this, 1, input);
    const [before, after] = this.args.cropping;
    if (steps > before + after) return [steps - before - after, channels];
    throw shapeError(`layer ${this.name}`, `more than ${before + after} steps`, formatShape(input));
  }

  override call({ graph }: CallContext, input: Value): Value {
    const [size] = this.computeOutputShape(input.shape.slice(1));
    return graph.add(slice, [input], { axis: 1, start: this.args.cropping[0], size });
  }
}
