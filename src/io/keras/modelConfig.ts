/**
 * A model's configuration as Keras 1 to 3 write it, in one typed structure. What stays untyped is each layer's own
 * `config`, whose meaning is the layer's business.
 */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { fromKeras1 } from "./keras1Layer.js";
import { readInboundNodes, tensorRefs, type InboundNode, type TensorRef } from "./inboundNodes.js";
import { asLayer } from "./operationLayers.js";
import { readOperation, type OperationConfig } from "./operationConfig.js";

export type { InboundNode, TensorRef };

export interface LayerConfig {
  className: string;
  name: string;
  /** As saved, but for `dtype`, which is a string ("float32") where Keras 3 has a policy object. */
  config: Record<string, unknown>;
  /** The layer's calls, in order. Empty in a Sequential model and for input layers. */
  inbound: InboundNode[];
  /** Shape of its input with the batch axis, where the layer declares one: `[null, 150, 150, 3]`. */
  batchShape?: (number | null)[];
  /** The inner model, when this layer is one. */
  model?: ModelConfig;
  /** Where this is no layer, but an operation on tensors. */
  operation?: OperationConfig;
}

export interface ModelConfig {
  className: "Sequential" | "Functional";
  name: string;
  layers: LayerConfig[];
  /** Of a Functional model, in the order of its arguments; empty for a Sequential one. */
  inputLayers: TensorRef[];
  outputLayers: TensorRef[];
  /** A Sequential model without an InputLayer may have its input here. */
  buildInputShape?: (number | null)[];
}

const MAX_NESTING = 16;
/** Inner models' included. Nine times what the largest model of keras.applications has. */
const MAX_LAYERS = 10_000;
const record = z.record(z.string(), z.unknown());
const batchShape = z.array(z.number().int().min(0).nullable()).min(1).max(16);
const layerSchema = z.looseObject({
  class_name: z.string(),
  config: record,
  name: z.string().optional(),
  inbound_nodes: z.array(z.unknown()).optional(),
});
const modelSchema = z.looseObject({
  class_name: z.string(),
  // Keras ≤ 2.2.2 saves a Sequential model's layers without a name around them.
  config: z.union([
    z.looseObject({ layers: z.array(layerSchema), name: z.string().optional() }),
    z.array(layerSchema),
  ]),
});
type RawModel = z.infer<typeof modelSchema>;
type RawLayer = z.infer<typeof layerSchema>;

/** Validates and normalises parsed JSON; `file` is what errors call its origin. Throws `bad-input`. */
export function parseModelConfig(json: unknown, file: string): ModelConfig {
  if (countLayers(json) > MAX_LAYERS) throw bad(file, `a model of more than ${MAX_LAYERS} layers`);
  return parseModel(json, file, 0);
}

/** Of what may be a model, and of those among its layers, not validated yet. */
function countLayers(json: unknown): number {
  const { config } = (json ?? {}) as { config?: { layers?: unknown } | null };
  const layers: unknown = Array.isArray(config) ? config : config?.layers;
  return Array.isArray(layers) ? layers.reduce((sum: number, layer) => sum + 1 + countLayers(layer), 0) : 0;
}

function parseModel(json: unknown, file: string, nesting: number): ModelConfig {
  const named = z.looseObject({ class_name: z.string() }).safeParse(json);
  if (named.success && !modelClass(named.data.class_name)) {
    throw bad(
      file,
      `a model of class ${named.data.class_name}, not a Sequential or Functional model; build the same layers as a functional or Sequential model in Keras, set_weights, and save that`,
    );
  }
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(
      file,
      `its model configuration is not a Sequential or Functional model: ${issue.path.join(".")}: ${issue.message}`,
    );
  }
  if (nesting > MAX_NESTING) throw bad(file, `models are nested more than ${MAX_NESTING} deep`);
  return normaliseModel(parsed.data, file, nesting);
}

function normaliseModel(raw: RawModel, file: string, nesting: number): ModelConfig {
  const className = modelClass(raw.class_name)!;
  const config = Array.isArray(raw.config) ? { layers: raw.config } : raw.config;
  const layers = config.layers.map((layer) => normaliseLayer(layer, file, nesting));
  const names = new Set(layers.map((layer) => layer.name));
  if (names.size !== layers.length) throw bad(file, "two layers of one model have the same name");
  const model: ModelConfig = {
    className,
    name: config.name ?? className.toLowerCase(),
    layers,
    inputLayers: tensorRefs(config.input_layers),
    outputLayers: tensorRefs(config.output_layers),
  };
  const shape = batchShape.safeParse(config.build_input_shape);
  if (shape.success) model.buildInputShape = shape.data;
  return model;
}

function normaliseLayer(saved: RawLayer, file: string, nesting: number): LayerConfig {
  const raw = asLayer(saved);
  if (typeof raw === "string") throw unsupported(file, saved, raw);
  const { layers, ...own } = raw.config;
  const { className, config } = fromKeras1(raw.class_name, own);
  const name = raw.name ?? config.name;
  if (typeof name !== "string" || name === "")
    throw bad(file, `a layer of class ${raw.class_name} has no name`);
  const operation = readOperation(raw);
  if (typeof operation === "string") throw unsupported(file, raw, operation);
  if (operation) return { className: operation.operation.className, name, config, ...operation };
  const layer: LayerConfig = {
    className,
    name,
    config: { ...config, ...("dtype" in config ? { dtype: dtypeName(config.dtype) } : {}) },
    inbound: readInboundNodes(raw.inbound_nodes ?? [], () =>
      bad(file, `layer ${name}: its inbound_nodes cannot be read`),
    ),
  };
  const shape = batchShape.safeParse(config.batch_shape ?? config.batch_input_shape);
  if (shape.success) layer.batchShape = shape.data;
  if (modelClass(raw.class_name) && layers !== undefined) layer.model = parseModel(raw, file, nesting + 1);
  return layer;
}

/** Keras ≤ 2.3 calls a functional model "Model". */
function modelClass(className: string): ModelConfig["className"] | undefined {
  if (className === "Sequential") return "Sequential";
  return className === "Functional" || className === "Model" ? "Functional" : undefined;
}

/** `{"class_name": "DTypePolicy", "config": {"name": "float32"}}` → "float32". */
function dtypeName(dtype: unknown): unknown {
  const policy = z.looseObject({ config: z.looseObject({ name: z.string() }) }).safeParse(dtype);
  return policy.success ? policy.data.config.name : dtype;
}

function unsupported(
  file: string,
  { class_name: className, name, config }: RawLayer,
  why: string,
): WgraftError {
  return new WgraftError(
    "not-supported",
    `${file}: layer ${name ?? String(config.name)} (${className}): ${why}`,
  );
}

function bad(file: string, message: string): WgraftError {
  return new WgraftError("bad-input", `${file}: ${message}`);
}
