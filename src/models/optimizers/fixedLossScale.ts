import type { Graph } from "../../graph/graph.js";
import { fill } from "../../kernels/elementwise/elementwise.js";
import type { Value } from "../../kernels/op.js";
import { hyperValues } from "../../kernels/training/hyper.js";
import { optionError } from "../../options/checkOptions.js";
import type { Weight } from "../layers/layer.js";
import type { Optimizer } from "./optimizer.js";
import { scaleCheck, ScaledOptimizer } from "./scaledOptimizer.js";

/** An optimizer with Keras 3's argument `loss_scale_factor`: a scale that stays. No step is skipped. */
export class FixedLossScale extends ScaledOptimizer {
  private readonly factor: number;

  constructor(inner: Optimizer, factor: number) {
    super(inner);
    if (scaleCheck.read(factor) === undefined)
      throw optionError(inner.className, "lossScale", scaleCheck.expected, factor);
    this.factor = factor;
  }

  override get className(): string {
    return this.innerOptimizer.className;
  }

  override lossScale(graph: Graph): Value {
    return graph.add(fill, [], { shape: [], value: this.factor });
  }

  override apply(graph: Graph, weights: readonly Weight[], gradients: readonly Value[], hyper: Value): void {
    this.innerOptimizer.apply(graph, weights, gradients, hyper, { scaledGradient: true });
  }

  override hyper(): Float32Array {
    return hyperValues({ inverseLossScale: 1 / this.factor }, super.hyper());
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.innerOptimizer.getConfig(), loss_scale_factor: this.factor };
  }
}
