import { shapeError } from "../../../errors.js";
import { groupNorm } from "../../../kernels/norm/groupNorm.js";
import type { Value } from "../../../kernels/op.js";
import { integer } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { movedLast } from "../activations/functions.js";
import { loneItem, sampleAxes } from "../arguments.js";
import { Layer, type CallContext, type Weight } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { affineFields, type AffineOptions } from "./affine.js";

export interface GroupNormalizationOptions extends LayerOptions, AffineOptions {
  /** Equal parts of the channels, each normalized by itself; −1: each channel. Default 32. */
  groups?: number;
  /** The axis of the channels, counting the batch axis; negative from the end. Default −1. */
  axis?: number;
}

const table = layerOptions<GroupNormalizationOptions>("GroupNormalization").fields({
  groups: optional(integer({ min: -1 }), 32),
  axis: optional({ ...integer(), fromJson: loneItem }, -1),
  ...affineFields,
});

/**
 * (x − mean) / √(variance + ε) · gamma + beta, by mean and variance of each group of channels of a sample. Follows
 * keras/src/layers/normalization/group_normalization.py.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new GroupNormalization({ groups: 8 }).apply(maps).shape); // [ 28, 28, 64 ]
 */
export class GroupNormalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: GroupNormalizationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const channels = this.channelsOf(input);
    const groups = this.groupsOf(channels);
    if (groups >= 1 && channels % groups === 0) return input;
    const expected = `channels that ${this.args.groups} groups divide`;
    throw shapeError(`layer ${this.name}`, expected, formatShape([null, ...input]));
  }

  protected override createWeights(input: Shape): void {
    const { center, scale, betaInitializer, gammaInitializer } = this.args;
    const shape = [this.channelsOf(input)];
    if (scale) this.addWeight("gamma", shape, gammaInitializer);
    if (center) this.addWeight("beta", shape, betaInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { epsilon, scale, center, axis } = this.args;
    const sample = input.shape.slice(1);
    const groups = this.groupsOf(this.channelsOf(sample));
    const parameters = this.weights.map(({ name }: Weight) => this.weight(context, name));
    const attrs = { epsilon, scale, center, batchAxes: 1, parameterAxes: 1, groups };
    return movedLast(context.graph, input, sampleAxes(this, [axis], sample), (x) =>
      context.graph.add(groupNorm, [x, ...parameters], attrs),
    );
  }

  private channelsOf(input: Shape): number {
    const [axis] = sampleAxes(this, [this.args.axis], input);
    return input[axis - 1];
  }

  private groupsOf(channels: number): number {
    return this.args.groups === -1 ? channels : this.args.groups;
  }
}
