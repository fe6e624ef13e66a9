/** How files number the calls of inner models. */
import type { ModelConfig } from "../../io/keras/modelConfig.js";

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
  const inbound = config.layers.flatMap((layer) => layer.inbound.flatMap((node) => node.inputs));
  return new Map(
    inner.map(({ name, inbound: calls, model }) => {
      const keras3: CallCount = { inbound: 0, outputs: model!.className === "Functional" ? 1 : 0 };
      const numbers = (refs: typeof inbound) => refs.filter((ref) => ref[0] === name).map((ref) => ref[1]);
      const [read, ends] = [numbers(inbound), numbers(config.outputLayers)];
      const fits = ({ inbound: first, outputs: firstEnd }: CallCount) => {
        const used = [...read.map((n) => n - first), ...ends.map((n) => n - firstEnd)];
        return Array.from({ length: calls.length }, (_, i) => i).every((i) => used.includes(i));
      };
      const candidates: CallCount[] = [keras3, { inbound: 1, outputs: 1 }, { inbound: 0, outputs: 0 }];
      return [name, candidates.find(fits) ?? keras3];
    }),
  );
}
