import { shapeError } from "../../../errors.js";
import { batchNormInference } from "../../../kernels/norm/batchNorm.js";
import { batchNormTraining } from "../../../kernels/norm/batchNormTraining.js";
import { movingStatisticsUpdate } from "../../../kernels/norm/movingStatistics.js";
import type { Value } from "../../../kernels/op.js";
import { flag, integer, number } from "../../../options/checks.js";
import { fixed, ignored, optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializerJson } from "../../initializers.js";
import { loneItem } from "../arguments.js";
import { Layer, type CallContext, type Weight } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels, counting the batch axis; it must be the last one. Default −1. */
  axis?: number;
  /** Share of the old moving statistics that a training step keeps. Default 0.99. */
  momentum?: number;
  /** Added to the variance. Default 1e-3. */
  epsilon?: number;
  /** Whether beta is added. Default true. */
  center?: boolean;
  /** Whether to multiply by gamma. Default true. */
  scale?: boolean;
}

/** The last axis, by number; Keras 2 writes a list. */
const axis = { ...integer(), fromJson: loneItem };

const table = layerOptions<BatchNormalizationOptions>("BatchNormalization").fields(
  {
    axis: optional(axis, -1),
    momentum: optional(number(), 0.99),
    epsilon: optional(number(), 1e-3),
    center: optional(flag, true),
    scale: optional(flag, true),
  },
  {
    beta_initializer: ignored(initializerJson("Zeros")),
    gamma_initializer: ignored(initializerJson("Ones")),
    moving_mean_initializer: ignored(initializerJson("Zeros")),
    moving_variance_initializer: ignored(initializerJson("Ones")),
    beta_regularizer: fixed(null),
    gamma_regularizer: fixed(null),
    beta_constraint: fixed(null),
    gamma_constraint: fixed(null),
    renorm_momentum: ignored(), // speaks of `renorm`, which must be off
  },
);

/**
 * (x − mean) / √(variance + ε) · gamma + beta, per channel. Follows keras/src/layers/normalization/batch_normalization.py: in
 * training by mean and variance of the batch, which the moving statistics take over a share of; else by the moving
 * statistics. A layer that is frozen, or called with `training: false`, uses these in training too.
 */
export class BatchNormalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: BatchNormalizationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    // Shapes here are without the batch axis, which Keras counts: the last axis is number input.length.
    const { axis } = this.args;
    if (axis === -1 || axis === input.length) return input;
    throw shapeError(
      `layer ${this.name}`,
      "to normalise the last axis",
      `axis ${axis} of an input ${formatShape([null, ...input])}`,
    );
  }

  protected override createWeights(input: Shape): void {
    const shape = [input.at(-1)!];
    const { scale, center } = this.args;
    if (scale) this.addWeight("gamma", shape, "Ones");
    if (center) this.addWeight("beta", shape, "Zeros");
    this.addWeight("moving_mean", shape, "Zeros", false);
    this.addWeight("moving_variance", shape, "Ones", false);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph, training, frozen } = context;
    const { epsilon, scale, center, momentum } = this.args;
    const attrs = { epsilon, scale, center };
    const valueOf = ({ name }: Weight) => this.weight(context, name);
    const learned = this.weights.filter((w) => w.learned).map(valueOf);
    const moving = this.weights.filter((w) => !w.learned).map(valueOf);
    if (!training || frozen?.has(this))
      return graph.add(batchNormInference, [input, ...learned, ...moving], attrs);
    const [y, ...statistics] = graph.apply(batchNormTraining, [input, ...learned], attrs);
    graph.apply(movingStatisticsUpdate, [...moving, ...statistics], { momentum });
    return y;
  }
}
