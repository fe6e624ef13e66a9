import { batchNormInference } from "../../../kernels/norm/batchNorm.js";
import { batchNormTraining } from "../../../kernels/norm/batchNormTraining.js";
import { movingStatisticsUpdate } from "../../../kernels/norm/movingStatistics.js";
import type { Value } from "../../../kernels/op.js";
import { integer, number } from "../../../options/checks.js";
import { ignored, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializerJson } from "../../initializers.js";
import { movedLast } from "../activations/functions.js";
import { loneItem, sampleAxes } from "../arguments.js";
import { Layer, type CallContext, type Weight } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { affineFields, type AffineOptions } from "./affine.js";

export interface BatchNormalizationOptions extends LayerOptions, AffineOptions {
  /** The axis of the channels, counting the batch axis; negative from the end. Default −1. */
  axis?: number;
  /** Share of the old moving statistics that a training step keeps. Default 0.99. */
  momentum?: number;
}

/** By number; Keras 2 writes a list. */
const axis = { ...integer(), fromJson: loneItem };

const table = layerOptions<BatchNormalizationOptions>("BatchNormalization").fields(
  {
    axis: optional(axis, -1),
    momentum: optional(number(), 0.99),
    ...affineFields,
  },
  {
    moving_mean_initializer: ignored(initializerJson("Zeros")),
    moving_variance_initializer: ignored(initializerJson("Ones")),
    renorm_momentum: ignored(), // speaks of `renorm`, which must be off
  },
);

/**
 * (x − mean) / √(variance + ε) · gamma + beta, per channel. Follows keras/src/layers/normalization/batch_normalization.py: in
 * training by mean and variance of the batch, which the moving statistics take over a share of; else by the moving
 * statistics. A layer that is frozen, or called with `training: false`, uses these in training too.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * const maps = new Conv2D({ filters: 32, kernelSize: 3, useBias: false }).apply(image);
 * const active = new ReLU().apply(new BatchNormalization().apply(maps));
 */
export class BatchNormalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: BatchNormalizationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    sampleAxes(this, [this.args.axis], input);
    return input;
  }

  protected override createWeights(input: Shape): void {
    const { axis, scale, center, gammaInitializer, betaInitializer } = this.args;
    const [channels] = sampleAxes(this, [axis], input);
    const shape = [input[channels - 1]];
    if (scale) this.addWeight("gamma", shape, gammaInitializer);
    if (center) this.addWeight("beta", shape, betaInitializer);
    this.addWeight("moving_mean", shape, "Zeros", false);
    this.addWeight("moving_variance", shape, "Ones", false);
  }

  override call(context: CallContext, input: Value): Value {
    const axes = sampleAxes(this, [this.args.axis], input.shape.slice(1));
    return movedLast(context.graph, input, axes, (x) => this.normalized(context, x));
  }

  /** Of a batch whose channels are its last axis. */
  private normalized(context: CallContext, input: Value): Value {
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
