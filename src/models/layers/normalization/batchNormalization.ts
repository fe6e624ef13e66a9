import { shapeError, WgraftError } from "../../../errors.js";
import { batchNormInference } from "../../../kernels/norm/batchNorm.js";
import type { Value } from "../../../kernels/op.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializerJson } from "../config.js";
import { Layer, type CallContext, type LayerOptions } from "../layer.js";

export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels, counting the batch axis; it must be the last one. Default −1. */
  axis?: number;
  /** Share of the old moving statistics that a training step would keep. Default 0.99. */
  momentum?: number;
  /** Added to the variance. Default 1e-3. */
  epsilon?: number;
  /** Whether beta is added. Default true. */
  center?: boolean;
  /** Whether to multiply by gamma. Default true. */
  scale?: boolean;
}

/**
 * (x − moving mean) / √(moving variance + ε) · gamma + beta, per channel. Follows
 * keras/src/layers/normalization/batch_normalization.py: a layer that is not trainable uses its moving statistics in
 * training too.
 *
 * Training one that is trainable needs the statistics of the batch, which wgraft does not compute: freeze it.
 */
export class BatchNormalization extends Layer {
  override readonly className = "BatchNormalization";
  private readonly axis: number;
  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly center: boolean;
  private readonly scale: boolean;

  constructor(options: BatchNormalizationOptions = {}) {
    super("batch_normalization", options);
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
  }

  override computeOutputShape(input: Shape): Shape {
    // Shapes here are without the batch axis, which Keras counts: the last axis is number input.length.
    if (this.axis === -1 || this.axis === input.length) return input;
    throw shapeError(
      `layer ${this.name}`,
      "to normalise the last axis",
      `axis ${this.axis} of an input ${formatShape([null, ...input])}`,
    );
  }

  protected override createWeights(input: Shape): void {
    const shape = [input.at(-1)!];
    if (this.scale) this.addWeight("gamma", shape, "Ones");
    if (this.center) this.addWeight("beta", shape, "Zeros");
    this.addWeight("moving_mean", shape, "Zeros", false);
    this.addWeight("moving_variance", shape, "Ones", false);
  }

  /** @throws WgraftError `not-supported` in training, unless the layer is frozen */
  override call(context: CallContext, input: Value): Value {
    if (context.training && this.trainable) {
      throw new WgraftError(
        "not-supported",
        `layer ${this.name}: batch normalisation is not trained here; freeze it (trainable = false) before compile()`,
      );
    }
    const inputs = [input, ...this.weights.map((w) => this.weight(context, w.name))];
    const { epsilon, scale, center } = this;
    return context.graph.add(batchNormInference, inputs, { epsilon, scale, center });
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...this.baseConfig(),
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      beta_initializer: initializerJson({ className: "Zeros" }),
      gamma_initializer: initializerJson({ className: "Ones" }),
      moving_mean_initializer: initializerJson({ className: "Zeros" }),
      moving_variance_initializer: initializerJson({ className: "Ones" }),
      beta_regularizer: null,
      gamma_regularizer: null,
      beta_constraint: null,
      gamma_constraint: null,
    };
  }
}
