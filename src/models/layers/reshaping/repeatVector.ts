import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { broadcastTo } from "../../../kernels/shape/broadcastTo.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { positiveInteger } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface RepeatVectorOptions extends LayerOptions {
  /** How often. */
  n: number;
}

const table = layerOptions<RepeatVectorOptions>("RepeatVector").fields({ n: required(positiveInteger) });

/**
 * (features,) → (n, features).
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new RepeatVector({ n: 3 }).apply(features).shape); // [ 3, 512 ]
 */
export class RepeatVector extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: RepeatVectorOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    if (input.length === 1) return [this.args.n, ...input];
    throw shapeError(`layer ${this.name}`, "an input (features,)", formatShape(input));
  }

  override call({ graph }: CallContext, input: Value): Value {
    const [batch, features] = input.shape;
    const column = graph.add(reshape, [input], { shape: [batch, 1, features] });
    return graph.add(broadcastTo, [column], { shape: [batch, this.args.n, features] });
  }
}
