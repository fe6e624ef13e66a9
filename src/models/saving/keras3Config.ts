/** A model's configuration in the notation of Keras 3: config.json of a .keras file. */
import type { CompileArguments } from "../../io/keras/trainingConfig.js";
import * as knownLayers from "../layers/index.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, LayerCall, SymbolicTensor } from "../layers/layer.js";
import { isOperation } from "../layers/operations/operation.js";
import { Network } from "../network.js";
import { callsOf, endOf, nodeIndex } from "./callNumbers.js";

/** The version whose notation is written. */
export const keras3Version = "3.15.1";

type Config = Record<string, unknown>;

/** An object as Keras 3 writes it; `module` says where its class is found. */
export function keras3Object(module: string | null, className: string, config: Config, registered?: string) {
  return { module, class_name: className, config, registered_name: registered ?? null };
}

const float32 = keras3Object("keras", "DTypePolicy", { name: "float32" });

/** A model. Arguments of its layers follow from what `getConfig` gives for Keras 2. */
export function keras3Model(model: Network): Config {
  const isSequential = model.className === "Sequential";
  const module = isSequential ? "keras" : "keras.src.models.functional";
  const config = isSequential ? sequentialConfig(model) : functionalConfig(model);
  const registered = isSequential ? undefined : "Functional";
  const build = { input_shape: isSequential ? [null, ...model.inputs[0].openShape] : null };
  return { ...keras3Object(module, model.className, config, registered), build_config: build };
}

function sequentialConfig(model: Network): Config {
  const { name, trainable, inputs } = model;
  const layers = model.layers.map(keras3Layer);
  return { name, trainable, dtype: float32, layers, build_input_shape: [null, ...inputs[0].openShape] };
}

function functionalConfig(model: Network): Config {
  const { name, trainable, inputs, outputs } = model;
  const layers = model.layers.map((layer) => ({
    ...keras3Layer(layer),
    name: layer.name,
    inbound_nodes: callsOf(model, layer)
      .filter((call) => call.inputs.length > 0)
      .map((call) => keras3Node(model, call)),
  }));
  const ends = (tensors: readonly SymbolicTensor[]) =>
    unlisted(tensors.map((tensor) => endOf(model, tensor)));
  return { name, trainable, layers, input_layers: ends(inputs), output_layers: ends(outputs) };
}

/** One value without a list around it. */
function unlisted(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}

export function keras3Layer(layer: Layer): Config {
  if (layer instanceof Network) return keras3Model(layer);
  const { className } = layer;
  if (isOperation(layer))
    return keras3Object(layer.module, className, { name: layer.name, ...layer.keras3Config }, className);
  if (layer instanceof InputLayer) {
    const { dtype } = layer;
    const config = { batch_shape: [null, ...layer.openShape], dtype, sparse: false, ragged: false };
    return keras3Object("keras.layers", className, { ...config, name: layer.name, optional: false });
  }
  const { name, trainable, ...rest } = layer.getConfig();
  const args = Object.entries(rest).map(([key, value]) => [key, keras3Argument(key, value)] as const);
  const config: Config = { name, trainable, ...Object.fromEntries(args), dtype: float32 };
  const isKeras = className in knownLayers;
  return isKeras
    ? keras3Object("keras.layers", className, config)
    : keras3Object(null, className, config, `Custom>${className}`);
}

/** Where Keras 3 finds the classes of objects that are arguments, by what the arguments' names end with. */
const modules = {
  initializer: "keras.initializers",
  regularizer: "keras.regularizers",
  constraint: "keras.constraints",
  activation: "keras.layers",
};

/** An initializer, a regularizer, a constraint or an activation with arguments as an object of Keras 3; anything else as it is. */
function keras3Argument(name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("class_name" in value)) return value;
  const { class_name: className, config } = value as { class_name: string; config: Config };
  const known = Object.entries(modules).find(([kind]) => name.endsWith(kind));
  return known ? keras3Object(known[1], className, config) : value;
}

/** `{ args: [x], kwargs: {} }`: what a layer is called on, in a list where it takes several tensors. */
export function keras3Node(model: Network, { layer, inputs, isInference }: LayerCall): Config {
  const tensors = inputs.map((tensor) => ({
    class_name: "__keras_tensor__",
    config: {
      shape: [null, ...tensor.openShape],
      dtype: "float32",
      keras_history: [tensor.layer.name, nodeIndex(model, tensor), tensor.index],
    },
  }));
  if (isOperation(layer)) return { args: layer.keras3Arguments(tensors), kwargs: {} };
  const args = layer.inputCount === 1 ? tensors : [tensors];
  return { args, kwargs: isInference ? { training: false } : {} };
}

/** How a model was compiled. */
export function keras3CompileConfig({
  optimizer,
  loss,
  lossWeights = null,
  metrics,
}: CompileArguments): Config {
  return {
    optimizer: keras3Optimizer(optimizer.className, optimizer.config),
    loss,
    loss_weights: lossWeights,
    metrics,
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

/** An optimizer, with the schedule of its learning rate and the optimizer inside it, where there are such. */
function keras3Optimizer(className: string, config: Config): Config {
  const entries = Object.entries(config).map(([key, value]) => {
    if (typeof value !== "object" || value === null || !("class_name" in value)) return [key, value];
    const inner = value as { class_name: string; config: Config };
    if (key === "inner_optimizer") return [key, keras3Optimizer(inner.class_name, inner.config)];
    return [key, keras3Object("keras.optimizers.schedules", inner.class_name, inner.config)];
  });
  return keras3Object("keras.optimizers", className, Object.fromEntries(entries) as Config);
}
