/**
 * Functions of TensorFlow and operations of Keras 3 between a model's layers that are a layer's work: `tf.nn.relu(x)` is read as
 * the layer Activation. The model computes the same, and is saved with that layer, which every Keras loads.
 */
import { z } from "zod";
import { isPlainObject } from "../../options/describe.js";
import { notCalledOnce } from "./inboundNodes.js";

/** What a call was given, with the names of TensorFlow or of Keras's operation. */
type Given = Readonly<Record<string, unknown>>;

interface Reading {
  readonly className: string;
  /** The layer's configuration; a string says which arguments no layer has. */
  readonly config: (given: Given) => Readonly<Record<string, unknown>> | string;
}

const activation = (name: string): Reading => ({
  className: "Activation",
  config: () => ({ activation: name }),
});

/** @param names of the argument; the first one given counts */
const oneArgument = (
  className: string,
  keras: string,
  names: readonly string[],
  preset: unknown,
): Reading => ({
  className,
  config: (given) => ({
    [keras]: names.map((name) => given[name]).find((one) => one !== undefined) ?? preset,
  }),
});

const shape = z.array(z.number().int()).min(2).max(8);

const reshape: Reading = {
  className: "Reshape",
  config: ({ shape: tf, newshape: keras }) => {
    const read = z.tuple([z.union([z.literal(-1), z.null()])], z.number().int()).safeParse(tf ?? keras);
    return read.success ? { target_shape: read.data.slice(1) } : "a shape that does not begin with -1";
  },
};

const transpose: Reading = {
  className: "Permute",
  config: ({ perm, axes }) => {
    const read = shape.safeParse(perm ?? axes);
    return read.data?.[0] === 0 ? { dims: read.data.slice(1) } : "axes that do not begin with 0";
  },
};

const resize: Reading = {
  className: "Resizing",
  config: ({ size, method, interpolation, ...rest }) => {
    const read = z.tuple([z.number().int(), z.number().int()]).safeParse(size);
    if (!read.success) return "a size that is not two numbers";
    if (rest.data_format === "channels_first") return "channels_first";
    const unknown = ["antialias", ...["preserve", "crop_to", "pad_to"].map((what) => `${what}_aspect_ratio`)];
    const asked = unknown.find((name) => rest[name] === true);
    if (asked !== undefined) return asked;
    const [height, width] = read.data;
    return { height, width, interpolation: interpolation ?? method ?? "bilinear" };
  },
};

/** Over height and width of images. */
const overImage = (className: string): Reading => ({
  className,
  config: ({ axis, keepdims = false, initial = null }) => {
    if (initial !== null) return "a value to begin with";
    const isImage = JSON.stringify(axis) === "[1,2]" || JSON.stringify(axis) === "[2,1]";
    return isImage ? { keepdims: keepdims === true } : "axes that are not height and width, [1, 2]";
  },
});

const gelu: Reading = {
  className: "Activation",
  config: ({ approximate = true }) =>
    approximate === false ? { activation: "gelu" } : "the approximation of gelu by tanh",
};

/** Between 0 and a limit. */
const clip: Reading = {
  className: "ReLU",
  config: ({
    x_min: kerasMin,
    x_max: kerasMax,
    clip_value_min: min = kerasMin,
    clip_value_max: max = kerasMax,
  }) => (min === 0 && typeof max === "number" ? { max_value: max } : "a lower limit that is not 0"),
};

const pool = (className: string): Reading => ({
  className,
  config: ({ pool_size: size, ksize, strides, padding = "valid", data_format: format }) => {
    if (typeof format === "string" && /first|^NC/.test(format)) return "channels_first";
    const isKnown = typeof padding === "string" && [size ?? ksize, strides ?? null].every(isExtent);
    if (!isKnown) return "windows that are not two numbers";
    return { pool_size: size ?? ksize, strides: strides ?? null, padding: padding.toLowerCase() };
  },
});

const extent = z.union([z.number(), z.tuple([z.number(), z.number()]), z.null()]);
const isExtent = (value: unknown) => extent.safeParse(value).success;

const maxPool = pool("MaxPooling2D");
const averagePool = pool("AveragePooling2D");
const concatenate = oneArgument("Concatenate", "axis", ["axis"], -1);
const elu = oneArgument("ELU", "alpha", ["alpha"], 1);
const leakyRelu = oneArgument("LeakyReLU", "alpha", ["alpha", "negative_slope"], 0.2);
const softmax = oneArgument("Softmax", "axis", ["axis"], -1);

/** As TFOpLambda names them. */
export const tfFunctionLayers: Readonly<Record<string, Reading>> = {
  "math.exp": activation("exponential"),
  "math.log_sigmoid": activation("log_sigmoid"),
  "math.sigmoid": activation("sigmoid"),
  "math.softplus": activation("softplus"),
  "math.tanh": activation("tanh"),
  "nn.avg_pool2d": averagePool,
  "nn.elu": elu,
  "nn.gelu": { ...gelu, config: ({ approximate = false }) => gelu.config({ approximate }) },
  "nn.leaky_relu": leakyRelu,
  "nn.log_softmax": activation("log_softmax"),
  "nn.max_pool2d": maxPool,
  "nn.relu": activation("relu"),
  "nn.relu6": activation("relu6"),
  "nn.selu": activation("selu"),
  "nn.silu": activation("silu"),
  "nn.softmax": softmax,
  "nn.softsign": activation("softsign"),
  clip_by_value: clip,
  concat: concatenate,
  reshape,
  transpose,
  "image.resize": resize,
  "math.reduce_mean": overImage("GlobalAveragePooling2D"),
  "math.reduce_max": overImage("GlobalMaxPooling2D"),
};

/** By Keras 3's class names. */
export const operationLayers: Readonly<Record<string, Reading>> = {
  Exp: activation("exponential"),
  HardSigmoid: activation("hard_sigmoid"),
  HardSilu: activation("hard_silu"),
  LogSigmoid: activation("log_sigmoid"),
  Sigmoid: activation("sigmoid"),
  Softplus: activation("softplus"),
  Tanh: activation("tanh"),
  AveragePool: averagePool,
  Clip: clip,
  Elu: elu,
  Gelu: gelu,
  LeakyRelu: leakyRelu,
  MaxPool: maxPool,
  LogSoftmax: activation("log_softmax"),
  Relu: activation("relu"),
  Relu6: activation("relu6"),
  Selu: activation("selu"),
  Silu: activation("silu"),
  Softmax: softmax,
  Softsign: activation("softsign"),
  Concatenate: concatenate,
  Reshape: reshape,
  Transpose: transpose,
  Resize: resize,
  Mean: overImage("GlobalAveragePooling2D"),
  Max: overImage("GlobalMaxPooling2D"),
};

/** What a file has for a layer or an operation, as far as it is looked at here. */
interface Raw {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly module?: unknown;
  readonly name?: string;
  readonly inbound_nodes?: unknown[];
}

/** The layer that an operation is; the same object for everything else; a string says why there is no such layer. */
export function asLayer<R extends Raw>(raw: R): R | string {
  const reading = readingOf(raw);
  if (!reading) return raw;
  const wrong = notCalledOnce(raw.inbound_nodes);
  if (wrong !== undefined) return wrong;
  const given = { ...raw.config, ...argumentsOf(raw.inbound_nodes![0]) };
  const config = reading.config(given);
  if (typeof config === "string") return `its arguments have ${config}, which wgraft has no layer for`;
  const { name = raw.name, dtype = "float32" } = raw.config;
  const nodes = raw.inbound_nodes?.map(withoutArguments);
  const saved = { ...config, name, dtype, trainable: true };
  const read = { class_name: reading.className, config: saved, inbound_nodes: nodes, module: undefined };
  return { ...raw, ...read };
}

function readingOf({ class_name: className, config, module }: Raw): Reading | undefined {
  if (className === "TFOpLambda")
    return typeof config.function === "string" ? own(tfFunctionLayers, config.function) : undefined;
  if (typeof module === "string" && !/^keras(\.src)?\.ops/.test(module)) return undefined;
  // An .h5 of Keras 3 has no modules. Of these three there are layers, which read the same call but for Reshape's shape.
  const isLayer = module === undefined && ["Concatenate", "Softmax", "Reshape"].includes(className);
  return isLayer && !("newshape" in config) ? undefined : own(operationLayers, className);
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What is given by name: in Keras 2 it stands in the first tensor, in Keras 3 next to the tensors. */
function argumentsOf(node: unknown): Given {
  if (isPlainObject(node)) return isPlainObject(node.kwargs) ? node.kwargs : {};
  if (!Array.isArray(node)) return {};
  const first: unknown = Array.isArray(node[0]) ? node[0][3] : node[3];
  return isPlainObject(first) ? first : {};
}

function withoutArguments(node: unknown): unknown {
  if (isPlainObject(node)) return { ...node, kwargs: {} };
  if (!Array.isArray(node)) return node;
  return Array.isArray(node[0]) ? node.map((tensor: unknown) => bare(tensor)) : [bare(node)];
}

function bare(tensor: unknown): unknown {
  return Array.isArray(tensor) ? tensor.slice(0, 3) : tensor;
}
