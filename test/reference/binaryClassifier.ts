/** Training of a network with one logit per sample in float64: binary cross-entropy, RMSprop as Keras 3 has it. */
import type { RmspropUpdateAttrs } from "../../src/kernels/training/rmspropUpdate.js";
import type { Activation, ReferenceLayer } from "./layers.js";
import { binaryCrossentropy, binaryCrossentropyGrad } from "./losses.js";
import { rmsprop } from "./optimizers.js";

const attrs: RmspropUpdateAttrs = {
  rho: 0.9,
  momentum: 0,
  epsilon: 1e-7,
  centered: false,
  epsilonInsideRoot: true,
};

/**
 * The mean loss of a batch, and how to get its gradients by the network's weights.
 * @param step as `ReferenceLayer.forward` has it
 */
export function meanLoss(network: ReferenceLayer, x: Activation, labels: Float64Array, step?: number) {
  const { y, backward } = network.forward(x, step);
  const logits = y.values;
  const losses = binaryCrossentropy(labels, logits, 1, true);
  const share = new Float64Array(losses.length).fill(1 / losses.length);
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    gradients: () => backward(binaryCrossentropyGrad(share, labels, logits, 1, true), false).weights,
  };
}

export class BinaryClassifier {
  private steps = 0;
  private velocities: Float64Array[];

  constructor(
    private readonly network: ReferenceLayer,
    private readonly learningRate: number,
  ) {
    this.velocities = network.weights.map((w) => new Float64Array(w.length));
  }

  /** One step on one batch. @returns the loss before the update */
  trainOnBatch(x: Activation, labels: Float64Array): number {
    const { loss, gradients } = meanLoss(this.network, x, labels, this.steps++);
    const by = gradients();
    this.velocities = this.network.weights.map((weight, i) => {
      const [next, velocity] = rmsprop(weight, by[i], this.learningRate, [this.velocities[i]], attrs);
      weight.set(next);
      return velocity;
    });
    return loss;
  }
}
