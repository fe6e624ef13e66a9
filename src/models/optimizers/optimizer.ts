/** What a model is trained by. */
import type { Graph } from "../../graph/graph.js";
import type { Variable } from "../../graph/variable.js";
import type { Value } from "../../kernels/op.js";
import type { Weight } from "../layers/layer.js";

/** A variable of an optimizer's, under its name: for checkpoints. */
export interface OptimizerState {
  readonly name: string;
  readonly variable: Variable;
}

export interface Optimizer {
  /** Keras's class name. */
  readonly className: string;
  /** Steps taken so far. */
  iterations: number;
  /** The rate of the step about to be taken. Setting it takes effect there; not possible where it follows a schedule. */
  learningRate: number;

  /** What a program that trains reads at the step about to be taken: float32 [4], first the rate. */
  hyper(): Float32Array;

  /** What the loss is multiplied by before it is differentiated, a scalar; undefined: 1. */
  lossScale(graph: Graph): Value | undefined;

  /**
   * Emits the updates of weights by their gradients.
   * @param gradients of the scaled loss, one a weight
   * @param hyper what `hyper()` gave, in the graph
   */
  apply(graph: Graph, weights: readonly Weight[], gradients: readonly Value[], hyper: Value): void;

  /** What it keeps for each weight. */
  state(variable: Variable): OptimizerState[];

  /** What else it keeps. */
  ownState(): OptimizerState[];

  /** Its arguments under Keras's names. */
  getConfig(): Record<string, unknown>;
}
