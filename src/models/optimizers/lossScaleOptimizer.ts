import type { Graph } from "../../graph/graph.js";
import { Variable } from "../../graph/variable.js";
import { allFinite } from "../../kernels/training/allFinite.js";
import { lossScaleUpdate } from "../../kernels/training/lossScaleUpdate.js";
import type { Value } from "../../kernels/op.js";
import { integer } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import type { Weight } from "../layers/layer.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import { scaleCheck, ScaledOptimizer } from "./scaledOptimizer.js";

export interface LossScaleOptions {
  /** The scale of the first step. Default 2¹⁵; too high costs few steps, too low many. */
  initialScale?: number;
  /** Steps in a row with finite gradients after which the scale doubles. Default 2000. */
  dynamicGrowthSteps?: number;
}

/** How a training's loss scale stands. */
export interface LossScaleStatus {
  readonly scale: number;
  /** Steps since the scale last changed. */
  readonly goodSteps: number;
  /** Steps that changed no weight, of all that were taken. */
  readonly skippedSteps: number;
}

export const lossScaleTable = optionsOf<LossScaleOptions>("LossScaleOptimizer").fields({
  initialScale: optional(scaleCheck, 2 ** 15),
  // A float32 counts as far as that.
  dynamicGrowthSteps: optional(integer({ min: 1, max: 2 ** 24 }), 2000),
});

/**
 * Scales the loss as high as gradients allow, as keras/src/optimizers/loss_scale_optimizer.py does. A step whose gradients
 * are not all finite changes neither weights nor slots, and halves the scale; after `dynamicGrowthSteps` other steps in a
 * row the scale doubles. The GPU decides, so that no step waits for the host.
 *
 * Hence the host counts skipped steps among `iterations`, where Keras does not: learning-rate schedules and Adam's
 * correction of its bias go on by a step for each.
 *
 * All gradients are kept until the last of them is known to be finite; without loss scaling each goes with its update.
 * @example
 * model.compile({ optimizer: new LossScaleOptimizer(new RMSprop()), loss: "binary_crossentropy" });
 */
export class LossScaleOptimizer extends ScaledOptimizer {
  override readonly className = "LossScaleOptimizer";
  private readonly initialScale: number;
  private readonly growthSteps: number;
  private readonly scale: Variable;
  /** Good ones since the scale last changed, skipped ones in all. */
  private readonly steps = new Variable("loss_scale_steps", [2]);

  /** @throws WgraftError `usage` for numbers that make no sense, and for an optimizer that scales its loss already */
  constructor(inner: Optimizer, options?: LossScaleOptions) {
    super(inner);
    const { initialScale, dynamicGrowthSteps } = checkOptions(lossScaleTable, options);
    this.initialScale = initialScale;
    this.growthSteps = dynamicGrowthSteps;
    this.scale = new Variable("loss_scale", [], () => Float32Array.of(initialScale));
  }

  override lossScale(graph: Graph): Value {
    return graph.variable(this.scale);
  }

  override apply(graph: Graph, weights: readonly Weight[], gradients: readonly Value[], hyper: Value): void {
    if (gradients.length === 0) return;
    const finite = graph.add(allFinite, gradients, {});
    const stepHyper = graph.add(
      lossScaleUpdate,
      [graph.variable(this.scale), graph.variable(this.steps), hyper, finite],
      { growthSteps: this.growthSteps },
    );
    const scaling = { scaledGradient: true, skippable: true };
    this.innerOptimizer.apply(graph, weights, gradients, stepHyper, scaling);
  }

  /** The state after the steps submitted so far: waits for them. */
  async status(): Promise<LossScaleStatus> {
    const [scale] = await this.scale.read();
    const [goodSteps, skippedSteps] = await this.steps.read();
    return { scale, goodSteps, skippedSteps };
  }

  override ownState(): OptimizerState[] {
    return [this.scale, this.steps].map((variable) => ({ name: variable.name, variable }));
  }

  /** In the notation of tf.keras 2, which Keras 3 reads, too. */
  override getConfig(): Record<string, unknown> {
    const { innerOptimizer, initialScale, growthSteps } = this;
    return {
      inner_optimizer: {
        module: "keras.optimizers",
        class_name: innerOptimizer.className,
        config: innerOptimizer.getConfig(),
        registered_name: null,
      },
      dynamic: true,
      initial_scale: initialScale,
      dynamic_growth_steps: growthSteps,
    };
  }
}
