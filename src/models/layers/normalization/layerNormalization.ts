import { groupNorm } from "../../../kernels/norm/groupNorm.js";
import type { Value } from "../../../kernels/op.js";
import { fixed, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { movedLast } from "../activations/functions.js";
import { axisList, sampleAxes } from "../arguments.js";
import { Layer, type CallContext, type Weight } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { affineFields, type AffineOptions } from "./affine.js";

export interface LayerNormalizationOptions extends LayerOptions, AffineOptions {
  /** The axes that are normalized together, counting the batch axis; negative from the end. Default −1. */
  axis?: number | readonly number[];
}

const table = layerOptions<LayerNormalizationOptions>("LayerNormalization").fields(
  { axis: optional(axisList, -1), ...affineFields },
  { rms_scaling: fixed(false) },
);

/**
 * (x − mean) / √(variance + ε) · gamma + beta, by mean and variance of each sample over some axes, which gamma and beta have.
 * Follows keras/src/layers/normalization/layer_normalization.py.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new LayerNormalization().apply(features).shape); // [ 512 ]
 */
export class LayerNormalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: LayerNormalizationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    sampleAxes(this, this.args.axis, input);
    return input;
  }

  protected override createWeights(input: Shape): void {
    const { axis, center, scale, betaInitializer, gammaInitializer } = this.args;
    const shape = sampleAxes(this, axis, input).map((i) => input[i - 1]);
    if (scale) this.addWeight("gamma", shape, gammaInitializer);
    if (center) this.addWeight("beta", shape, betaInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { epsilon, scale, center } = this.args;
    const axes = sampleAxes(this, this.args.axis, input.shape.slice(1));
    const parameters = this.weights.map(({ name }: Weight) => this.weight(context, name));
    return movedLast(context.graph, input, axes, (x) => {
      const batchAxes = x.shape.length - axes.length;
      const attrs = { epsilon, scale, center, batchAxes, parameterAxes: axes.length, groups: 1 };
      return context.graph.add(groupNorm, [x, ...parameters], attrs);
    });
  }
}
