/** Whole networks for peers: layers in words that a library with Keras's layers can build, and the weights of ours. */
import type { Device } from "../src/kernels/gpu/device.js";
import type { Shape } from "../src/tensor.js";
import { pooledBase, release, type WholeNetwork } from "./jobs/networks.js";

export interface DescribedLayer {
  readonly name: string;
  readonly className: string;
  /** As `getConfig` has it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
  /** How many weights it has: those of `weights` that come next. */
  readonly weights: number;
}

export interface DescribedNetwork {
  readonly inputShape: Shape;
  /** Of its output. */
  readonly features: number;
  /** Each after what it reads; the last is the network's output. */
  readonly layers: readonly DescribedLayer[];
}

export interface WeightValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

export interface NetworkWithWeights {
  readonly name: string;
  readonly network: DescribedNetwork;
  /** Of all layers, in their order. */
  readonly weights: readonly WeightValues[];
}

/** The pooled base as the jobs of the suite have it. */
export async function describeNetwork(name: WholeNetwork, device: Device): Promise<NetworkWithWeights> {
  const model = pooledBase(name, device);
  const layers = model.calls.map(({ layer, inputs }): DescribedLayer => ({
    name: layer.name,
    className: layer.className,
    config: layer.getConfig(),
    inputs: inputs.map((input) => input.layer.name),
    weights: layer.weights.length,
  }));
  const weights: WeightValues[] = [];
  for (const { layer } of model.calls)
    for (const weight of await layer.getWeights())
      weights.push({ shape: weight.shape, values: Float32Array.from(await weight.data()) });
  await release(model);
  const [features] = model.outputShape;
  return { name, network: { inputShape: model.inputShape, features, layers }, weights };
}
