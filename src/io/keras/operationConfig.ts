/**
 * Bare operations in a functional model, as Keras saves them where tensors are computed with outside a layer: `x / 127.5`, as
 * in `preprocess_input`. Keras 2 has TFOpLambda and SlicingOpLambda layers that name a function of TensorFlow, Keras 3
 * has its own classes. Both become Keras 3's operation with its constants.
 */
import { z } from "zod";
import { isPlainObject } from "../../options/describe.js";
import { readConstant, type Constant } from "./constants.js";
import { readKey, type KeyItem } from "./indexKeys.js";
import { readTfOpLayer } from "./tfOpLayer.js";
import {
  keras2Tensor,
  keras3Tensor,
  notCalledOnce,
  type InboundNode,
  type TensorRef,
} from "./inboundNodes.js";

/** One operation. */
export interface OperationConfig {
  /** Keras 3's class: "TrueDivide". */
  readonly className: string;
  /** Of two operands, those that are constants, by Keras 3's names. */
  readonly constants: Readonly<Partial<Record<Operand, Constant>>>;
  /** Of GetItem. */
  readonly key?: readonly KeyItem[];
  /** Of Stack. */
  readonly axis?: number;
  /** Of Cast. */
  readonly dtype?: string;
  /** Of TensorFlow, where Keras 2 saved it: "math.truediv". */
  readonly tfFunction?: string;
}

export type Operand = "x1" | "x2";

interface Signature {
  readonly className: string;
  /** The function's arguments, in their order, that are Keras 3's `x1` and `x2`, or the only tensor. */
  readonly operands: readonly string[];
}

const ofTwo = (className: string, first = "x", second = "y"): Signature => {
  return { className, operands: [first, second] };
};

/** Functions of TensorFlow, as TFOpLambda names them. */
export const tfFunctions: Readonly<Record<string, Signature>> = {
  "__operators__.add": ofTwo("Add"),
  "math.add": ofTwo("Add"),
  "nn.bias_add": ofTwo("Add", "value", "bias"),
  "math.subtract": ofTwo("Subtract"),
  "math.multiply": ofTwo("Multiply"),
  "math.truediv": ofTwo("TrueDivide"),
  "math.divide": ofTwo("TrueDivide"),
  "math.maximum": ofTwo("Maximum"),
  "math.minimum": ofTwo("Minimum"),
  cast: { className: "Cast", operands: ["x"] },
  stack: { className: "Stack", operands: ["values"] },
  "__operators__.getitem": { className: "GetItem", operands: ["tensor"] },
};

const two: readonly string[] = ["x1", "x2"];
/** Classes of Keras 3, with the names of their calls' arguments. */
const operations: Readonly<Record<string, readonly string[]>> = {
  Add: two,
  Subtract: two,
  Multiply: two,
  TrueDivide: two,
  Divide: two,
  Maximum: two,
  Minimum: two,
  Cast: ["x"],
  Stack: ["x"],
  GetItem: ["x", "key"],
};

/** What a file has for a layer or an operation. */
export interface RawOperation {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly module?: unknown;
  readonly inbound_nodes?: readonly unknown[];
}

/**
 * The operation and its only call; undefined for a layer. A string says why an operation cannot be taken.
 */
export function readOperation(
  raw: RawOperation,
): { operation: OperationConfig; inbound: InboundNode[] } | string | undefined {
  const isKeras2 = raw.class_name === "TFOpLambda" || raw.class_name === "SlicingOpLambda";
  const isOlder = raw.class_name === "TensorFlowOpLayer";
  if (!isKeras2 && !isOlder && !isKeras3Operation(raw)) return undefined;
  const wrong = notCalledOnce(raw.inbound_nodes);
  if (wrong !== undefined) return wrong;
  const [node] = raw.inbound_nodes!;
  if (isOlder) return olderOperation(raw.config, node);
  return isKeras2 ? keras2Operation(raw.config, node) : keras3Operation(raw, node);
}

/** An .h5 of Keras 3 has no modules: Add as an operation is called on two tensors there, as a layer on one list. */
function isKeras3Operation({
  class_name: className,
  module,
  inbound_nodes: nodes = [],
}: RawOperation): boolean {
  if (typeof module === "string") return module.startsWith("keras.src.ops") || module.startsWith("keras.ops");
  if (!Object.hasOwn(operations, className) || operations[className] !== two)
    return ["Cast", "Stack", "GetItem"].includes(className);
  const call = callSchema.safeParse(nodes[0]);
  return (
    call.success && (call.data.args.length === 2 || "x1" in call.data.kwargs || "x2" in call.data.kwargs)
  );
}

const callSchema = z.object({
  args: z.array(z.unknown()),
  kwargs: z.record(z.string(), z.unknown()).default({}),
});

function keras3Operation({ class_name: className, config }: RawOperation, node: unknown) {
  if (!Object.hasOwn(operations, className)) return noSuch(`operation ${className}`);
  const call = callSchema.safeParse(node);
  if (!call.success) return "its inbound_nodes cannot be read";
  const names = operations[className];
  const given = { ...byName(names, call.data.args), ...call.data.kwargs };
  const { axis, dtype } = { ...config, ...given };
  return assembled(className === "Divide" ? "TrueDivide" : className, names, given, { axis, dtype });
}

function keras2Operation(config: Readonly<Record<string, unknown>>, node: unknown) {
  const { function: tfFunction } = config;
  if (typeof tfFunction !== "string") return "it names no function";
  if (!Object.hasOwn(tfFunctions, tfFunction)) return noSuch(`function tf.${tfFunction}`);
  const { className, operands } = tfFunctions[tfFunction];
  const call = keras2Call(node);
  if (!call) return "its inbound_nodes cannot be read";
  const { slice_spec: key, data_format: format, ...rest } = call.kwargs;
  if (typeof format === "string" && format.startsWith("NC"))
    return "it is channels_first; wgraft has only channels_last";
  const named = { ...byName(operands, [call.first]), ...rest };
  const values = Object.fromEntries(operands.map((name, i) => [operations[className][i], named[name]]));
  const given = { ...values, ...(key !== undefined && { key }) };
  return assembled(
    className,
    operations[className],
    given,
    { axis: rest.axis, dtype: rest.dtype },
    tfFunction,
  );
}

/** The tensors stand in a list, and the constants in the layer. */
function olderOperation(config: Readonly<Record<string, unknown>>, node: unknown) {
  const read = readTfOpLayer(config);
  if (typeof read === "string") return noSuch(`operation ${read} of TensorFlow`);
  if (!read || !Array.isArray(node)) return "it cannot be read";
  const { className, operands } = tfFunctions[read.tfFunction];
  const tensors = [...(node as unknown[])];
  const values = operands.map((_, place) =>
    read.constants.has(place) ? read.constants.get(place) : tensors.shift(),
  );
  if (tensors.length > 0) return "it is called on more tensors than it has operands";
  const given = byName(operations[className], values);
  return assembled(className, operations[className], given, { dtype: read.dtype }, read.tfFunction);
}

const keras2Constant = z.tuple([z.literal("_CONSTANT_VALUE"), z.literal(-1), z.unknown()]).rest(z.unknown());

/** `["x", 0, 0, { y: 127.5 }]`, or a list of such for a function of several tensors; a constant comes first by its own name. */
function keras2Call(node: unknown): { first: unknown; kwargs: Record<string, unknown> } | undefined {
  if (!Array.isArray(node)) return undefined;
  const items: unknown[] = node.every(Array.isArray) ? node : [node];
  const kwargs = (items[0] as unknown[])[3];
  const firsts = items.map((item) => {
    const constant = keras2Constant.safeParse(item);
    return constant.success ? constant.data[2] : item;
  });
  return {
    first: node.every(Array.isArray) ? firsts : firsts[0],
    kwargs: isPlainObject(kwargs) ? kwargs : {},
  };
}

function byName(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value, i) => [names[i] ?? `argument ${i + 1}`, value]));
}

function assembled(
  className: string,
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
  { axis, dtype }: { axis?: unknown; dtype?: unknown },
  tfFunction?: string,
) {
  const inputs: TensorRef[] = [];
  const constants: Partial<Record<Operand, Constant>> = {};
  for (const name of names.filter((each) => each !== "key")) {
    const refs = tensorsIn(given[name], className === "Stack");
    if (refs) inputs.push(...refs);
    else {
      const constant = readConstant(given[name]);
      if (constant === undefined || names !== two)
        return `its argument ${name} is neither a tensor nor numbers`;
      constants[name as Operand] = constant;
    }
  }
  if (inputs.length === 0) return "it is called on no tensor";
  const key = className === "GetItem" ? readKey(given.key) : undefined;
  if (className === "GetItem" && !key)
    return `it takes ${JSON.stringify(given.key)}; wgraft has integers, slices and ...`;
  const operation: OperationConfig = {
    className,
    constants,
    ...(key && { key }),
    ...(className === "Stack" && { axis: typeof axis === "number" ? axis : 0 }),
    ...(className === "Cast" && { dtype: String(dtype) }),
    ...(tfFunction !== undefined && { tfFunction }),
  };
  return { operation, inbound: [{ inputs, kwargs: {} }] };
}

/** The tensors that an argument is; undefined for anything else. */
function tensorsIn(value: unknown, isList: boolean): TensorRef[] | undefined {
  if (isList) {
    if (!Array.isArray(value)) return undefined;
    const refs = value.map((item) => tensorsIn(item, false));
    return refs.every((ref) => ref !== undefined) ? refs.flat() : undefined;
  }
  const keras3 = keras3Tensor.safeParse(value);
  if (keras3.success) return [keras3.data.config.keras_history];
  const keras2 = keras2Tensor.safeParse(value);
  return keras2.success ? [[keras2.data[0], keras2.data[1], keras2.data[2]]] : undefined;
}

function noSuch(what: string): string {
  return `wgraft has no ${what}; build the model in Keras with a layer that computes it, and pass a class for that in customObjects`;
}
