/** How the layers of a functional model are connected, in the notations of Keras 2 and 3. */
import { z } from "zod";
import { isPlainObject } from "../../options/describe.js";

/** Output `tensorIndex` of call `nodeIndex` of layer `layerName`. */
export type TensorRef = [layerName: string, nodeIndex: number, tensorIndex: number];

/** One call of a layer. */
export interface InboundNode {
  /** The tensors it is called on, in order. */
  inputs: TensorRef[];
  /** Other arguments of the call: `{ training: false }`. */
  kwargs: Record<string, unknown>;
}

const index = z.number().int().min(0);
const record = z.record(z.string(), z.unknown());
/** Keras 2: `["block1_conv1", 0, 0, {}]`. */
export const keras2Tensor = z.union([
  z.tuple([z.string(), index, index]),
  z.tuple([z.string(), index, index, record]),
]);
/** Keras 3. */
export const keras3Tensor = z.looseObject({
  class_name: z.literal("__keras_tensor__"),
  config: z.looseObject({ keras_history: z.tuple([z.string(), index, index]) }),
});
const keras3Node = z.looseObject({ args: z.array(z.unknown()), kwargs: record.optional() });
/** Keras 2: `[["block1_conv1", 0, 0, {}], …]`; TensorFlow 1.14 to 2.2 omit the outer list of a single tensor. */
const keras2Node = z.union([z.array(keras2Tensor), keras2Tensor.transform((tensor) => [tensor])]);

/** What is wrong with an operation's calls: it has exactly one. Undefined: nothing. */
export function notCalledOnce(nodes: readonly unknown[] = []): string | undefined {
  if (nodes.length === 1) return undefined;
  return `an operation that is called ${nodes.length} times, where once is meant`;
}

/** Throws what `fail` makes when the nodes are in neither notation. */
export function readInboundNodes(nodes: readonly unknown[], fail: () => Error): InboundNode[] {
  return nodes.map((node) => {
    const keras3 = keras3Node.safeParse(node);
    if (keras3.success) return { inputs: keras3Tensors(keras3.data.args), kwargs: keras3.data.kwargs ?? {} };
    const keras2 = keras2Node.safeParse(node);
    if (!keras2.success) throw fail();
    return {
      inputs: keras2.data.map(([layer, nodeIndex, tensorIndex]): TensorRef => [
        layer,
        nodeIndex,
        tensorIndex,
      ]),
      kwargs: keras2.data[0]?.[3] ?? {},
    };
  });
}

/**
 * A model's inputs or outputs: `["x", 0, 0]`, a list of such, or an object of such by names, in the order of the names, as
 * Keras flattens it. Empty for anything else.
 */
export function tensorRefs(value: unknown, depth = 0): TensorRef[] {
  const one = keras2Tensor.safeParse(value);
  if (one.success) return [[one.data[0], one.data[1], one.data[2]]];
  if (depth > 3) return [];
  if (Array.isArray(value)) return value.flatMap((inner) => tensorRefs(inner, depth + 1));
  if (!isPlainObject(value)) return [];
  return Object.keys(value)
    .sort()
    .flatMap((name) => tensorRefs(value[name], depth + 1));
}

/** The tensors among a call's arguments, which may be lists (`Add()([a, b])`), though not lists of lists of lists. */
function keras3Tensors(argument: unknown, depth = 0): TensorRef[] {
  if (Array.isArray(argument))
    return depth > 3 ? [] : argument.flatMap((inner) => keras3Tensors(inner, depth + 1));
  const parsed = keras3Tensor.safeParse(argument);
  return parsed.success ? [parsed.data.config.keras_history] : [];
}
