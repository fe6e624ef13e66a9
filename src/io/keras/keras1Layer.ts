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
  // Of TensorFlow 1.13 to 2.0.
  BatchNormalizationV1: "BatchNormalization",
  BatchNormalizationV2: "BatchNormalization",
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

/** Classes that have the name of today: a class of a user's own may have an argument `p` as well. */
const unrenamed = new Set([
  ...[
    "Dense",
    "Activation",
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "InputLayer",
    "BatchNormalization",
    "PReLU",
  ],
  ...[
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "MaxPooling1D",
    "MaxPooling2D",
  ],
  ...[
    "AveragePooling1D",
    "AveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalAveragePooling1D",
  ],
  ...["GlobalAveragePooling2D", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "UpSampling1D"],
  "UpSampling2D",
]);

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
  if (className === "Merge" && Object.hasOwn(config, "mode_type")) return mergeLayer(config);
  const hasMode = className === "BatchNormalization" && Object.hasOwn(config, "mode");
  const hasOldName = hasMode || telling.some((name) => Object.hasOwn(config, name));
  const isOld = Object.hasOwn(classes, className) || (unrenamed.has(className) && hasOldName);
  if (!isOld) return { className, config };
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
      name.endsWith("_regularizer")
        ? regularizer(value)
        : name.endsWith("_constraint")
          ? constraint(value)
          : value,
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

/** `{ name: "MaxNorm", m: 2, axis: 0 }` */
function constraint(value: unknown): unknown {
  if (!isPlainObject(value) || "class_name" in value) return value;
  const { name, m, ...rest } = value;
  return { class_name: name, config: { ...rest, ...(m !== undefined && { max_value: m }) } };
}

/** One class for all ways to merge; the layer keeps its class where there is none for its mode. */
function mergeLayer({ name, trainable, mode, concat_axis: axis }: Config): Layer {
  const className =
    typeof mode === "string" && Object.hasOwn(merges, mode) ? merges[mode] : `Merge ${String(mode)}`;
  const common = { name, ...(trainable !== undefined && { trainable }) };
  return { className, config: { ...common, ...(className === "Concatenate" && { axis }) } };
}
