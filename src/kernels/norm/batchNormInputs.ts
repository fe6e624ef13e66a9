/** The inputs of the batch normalizations. */
import type { TensorSpec } from "../../tensor.js";
import type { Activation } from "../elementwise/activation.js";
import { expectFloat, expectInputs, expectShape, lastAxis } from "../common/expect.js";

export interface BatchNormAttrs {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether there is a gamma. */
  readonly scale: boolean;
  /** Whether there is a beta. */
  readonly center: boolean;
  /** Applied to what is stored. Default "linear". */
  readonly activation?: Activation;
}

type Parameters = Pick<BatchNormAttrs, "scale" | "center">;

/** The inputs by name. Their order is Keras's order of weights: x, gamma, beta, moving mean, moving variance. */
export function namedInputs<V>(inputs: readonly V[], { scale, center }: Parameters) {
  const rest = [...inputs];
  return {
    x: rest.shift()!,
    gamma: scale ? rest.shift() : undefined,
    beta: center ? rest.shift() : undefined,
    mean: rest.shift()!,
    variance: rest.shift()!,
  };
}

/**
 * Checks x [..., channels], of a float type, and vectors float32 [channels].
 *
 * @param vectors by their names; those undefined are none
 * @returns the number of channels
 */
export function expectChannels(
  op: string,
  x: TensorSpec,
  vectors: Readonly<Record<string, TensorSpec | undefined>>,
): number {
  expectFloat(op, "x", x);
  const channels = lastAxis(op, "x", x);
  for (const [name, spec] of Object.entries(vectors)) if (spec) expectShape(op, name, spec, [channels]);
  return channels;
}

/** Checks x, gamma, beta and so many statistics. */
export function expectBatchNorm(
  op: string,
  inputs: readonly TensorSpec[],
  attrs: Parameters,
  statistics: 0 | 2,
): number {
  expectInputs(op, inputs, 1 + Number(attrs.scale) + Number(attrs.center) + statistics);
  const { x, ...vectors } = namedInputs(inputs, attrs);
  return expectChannels(op, x, vectors);
}
