/** Layers as Keras 1 wrote them, with other names for classes and arguments, in the notation of Keras 2. */
import { isPlainObject } from "../../options/describe.js";

type Config = Readonly<Record<string, unknown>>;

interface Layer {
  readonly className: string;
  readonly config: Config;
}

const classes: Readonly<Record<string, string>> = {
  Convolution1D: "Conv1D",
  Convolution2D: "Conv2D",
  AtrousConvolution1D: "Conv1D",
  AtrousConvolution2D: "Conv2D",
  SeparableConvolution2D: "SeparableConv2D",
  Deconvolution2D: "Conv2DTranspose",
};

/** Arguments that only have another name. */
const names: Readonly<Record<string, string>> = {
  nb_filter: "filters",
  filter_length: "kernel_size",
  subsample_length: "strides",
  subsample: "strides",
  atrous_rate: "dilation_rate",
  border_mode: "padding",
  bias: "use_bias",
  W_regularizer: "kernel_regularizer",
  b_regularizer: "bias_regularizer",
  W_constraint: "kernel_constraint",
  b_constraint: "bias_constraint",
  init: "kernel_initializer",
  pool_length: "pool_size",
  stride: "strides",
  sigma: "stddev",
};

/** What decides nothing about a model that is loaded with its weights. */
const dropped = new Set([
  "input_dtype",
  "weights",
  "W_learning_rate_multiplier",
  "b_learning_rate_multiplier",
]);

const merges: Readonly<Record<string, string>> = {
  sum: "Add",
  mul: "Multiply",
  concat: "Concatenate",
  ave: "Average",
  max: "Maximum",
};

/** Arguments by which a layer of Keras 1 is known: Keras 2 has none of them. */
const telling = [
  ...[
    "nb_filter",
    "filter_length",
    "border_mode",
    "dim_ordering",
    "W_regularizer",
    "output_dim",
    "pool_length",
  ],
  ...["p", "sigma", "subsample", "init", "input_dtype"],
];

/** A layer in the notation of Keras 2; the same where it is that already. */
export function fromKeras1(className: string, config: Config): Layer {
  if (className === "Merge") return mergeLayer(config);
  const hasMode = className === "BatchNormalization" && Object.hasOwn(config, "mode");
  const isOld =
    hasMode || Object.hasOwn(classes, className) || telling.some((name) => Object.hasOwn(config, name));
  if (!isOld || className === "Embedding") return { className, config };
  const {
    nb_row: rows,
    nb_col: columns,
    dim_ordering: ordering,
    output_dim: units,
    mode,
    p,
    ...rest
  } = config;
  // Per feature, by its statistics of a batch or by moving ones: what later versions do.
  const isNormal = className === "BatchNormalization" && (mode === 0 || mode === 2);
  const renamed = Object.entries(rest)
    .filter(([name]) => !dropped.has(name))
    .map(([name, value]) => [
      names[name] ?? name,
      name.endsWith("_regularizer") ? regularizer(value) : value,
    ]);
  const data_format = ordering === "th" ? "channels_first" : "channels_last";
  return {
    className: classes[className] ?? className,
    config: {
      ...(Object.fromEntries(renamed) as Config),
      ...(rows !== undefined && { kernel_size: [rows, columns] }),
      ...(ordering !== undefined && { data_format }),
      ...(units !== undefined && { units }),
      ...(p !== undefined && { rate: p }),
      ...(mode !== undefined && !isNormal && { mode }),
    },
  };
}

/** `{ name: "WeightRegularizer", l1: 0, l2: 0.01 }` */
function regularizer(value: unknown): unknown {
  if (!isPlainObject(value) || "class_name" in value) return value;
  const { l1 = 0, l2 = 0 } = value;
  return { class_name: "L1L2", config: { l1, l2 } };
}

/** One class for all ways to merge; the layer keeps its class where there is none for its mode. */
function mergeLayer({ name, trainable, mode, concat_axis: axis }: Config): Layer {
  const className =
    typeof mode === "string" && Object.hasOwn(merges, mode) ? merges[mode] : `Merge ${String(mode)}`;
  const common = { name, ...(trainable !== undefined && { trainable }) };
  return { className, config: { ...common, ...(className === "Concatenate" && { axis }) } };
}
