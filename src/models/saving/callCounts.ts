/** How files number the calls of inner models. */
import type { ModelConfig, TensorRef } from "../../io/keras/modelConfig.js";

/** The number that the first call of an inner model has. */
export interface CallCount {
  /** Where a layer is called on what the call makes. */
  readonly inbound: 0 | 1;
  /** Where that is an output of the model. */
  readonly outputs: 0 | 1;
}

/**
 * For each inner model, what the number of its first call is. Keras counts a node that a model is born with: Keras 2
 * everywhere, Keras 3 of functional models among the outputs alone. Which of the two wrote a file shows in the numbers,
 * since every call is read by some layer or is an output.
 */
export function countsOfCalls(config: ModelConfig): Map<string, CallCount> {
  const inner = config.layers.filter(({ model }) => model);
  const inbound = numbersByName(
    config.layers.flatMap((layer) => layer.inbound.flatMap((node) => node.inputs)),
  );
  const outputs = numbersByName(config.outputLayers);
  return new Map(
    inner.map(({ name, inbound: calls, model }) => {
      const keras3: CallCount = { inbound: 0, outputs: model!.className === "Functional" ? 1 : 0 };
      const [read, ends] = [inbound.get(name) ?? [], outputs.get(name) ?? []];
      const fits = ({ inbound: first, outputs: firstEnd }: CallCount) => {
        const used = new Set([...read.map((n) => n - first), ...ends.map((n) => n - firstEnd)]);
        return calls.every((_, i) => used.has(i));
      };
      const candidates: CallCount[] = [keras3, { inbound: 1, outputs: 1 }, { inbound: 0, outputs: 0 }];
      return [name, candidates.find(fits) ?? keras3];
    }),
  );
}

function numbersByName(refs: readonly TensorRef[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [name, number] of refs) {
    const known = numbers.get(name);
    if (known) known.push(number);
    else numbers.set(name, [number]);
  }
  return numbers;
}
