/**
 * Layers out of files. Only the classes in the list of layers, and those that the caller adds, are ever built, and
 * nothing in a file is evaluated (Keras's Lambda layers contain code).
 */
import { WgraftError } from "../../errors.js";
import { flag } from "../../options/checks.js";
import type { FieldTable } from "../../options/fields.js";
import { ConfigError, fromConfig } from "../../options/kerasConfig.js";
import type { OperationConfig } from "../../io/keras/operationConfig.js";
import * as layers from "./index.js";
import { Layer } from "./layer.js";
import * as operations from "./operations/index.js";

/** A class of layers that says in its table which options it takes. */
export interface LayerClass {
  readonly table: FieldTable<unknown>;
  new (options: never): Layer;
}

/** Classes of a user's own, by the names that a file has for them. */
export type CustomObjects = Readonly<Record<string, LayerClass>>;

/** What a file says about a layer. */
export interface SavedLayerConfig {
  readonly className: string;
  readonly name: string;
  /** Keras's arguments, as saved. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** How the arguments of a class of Keras's are read, and what is made of them. */
interface Builder {
  readonly table: FieldTable<unknown>;
  build(options: object): Layer;
}

function builderOf(layerClass: LayerClass): Builder {
  return { table: layerClass.table, build: (options) => new layerClass(options as never) };
}

export function isLayerClass(value: unknown): value is LayerClass {
  return typeof value === "function" && value.prototype instanceof Layer;
}

const builders = new Map<string, Builder>(
  Object.values<unknown>(layers)
    .filter(isLayerClass)
    .map((layerClass) => [layerClass.table.owner, builderOf(layerClass)] as const),
);

/** What does not change what a trained layer computes. Initial values are of no use: the file's weights replace them. */
const harmless = new Set([
  "name",
  "trainable",
  "batch_input_shape",
  "batch_shape",
  "sparse",
  "ragged",
  "seed",
]);
const isHarmless = (name: string) => harmless.has(name) || name.endsWith("_initializer");

/**
 * Makes the layer that a file asks for.
 * @param file what errors call the file
 * @throws WgraftError `not-supported` for a class or an argument that wgraft does not have, `bad-input` for arguments
 *   that make no sense
 */
export function buildLayer(
  { className, name, config }: SavedLayerConfig,
  file: string,
  customObjects: CustomObjects = {},
): Layer {
  const failure = (code: "bad-input" | "not-supported", message: string, cause?: unknown) =>
    new WgraftError(code, `${file}: layer ${name} (${className}): ${message}`, { cause });
  const custom = Object.hasOwn(customObjects, className) ? customObjects[className] : undefined;
  const builder = custom ? builderOf(custom) : builders.get(className);
  if (!builder) {
    const why =
      className === "Lambda" ? "it contains Python code, which is never run" : "wgraft has no such layer";
    const what = "to load the model, write a class that computes the same and pass it in customObjects";
    throw failure("not-supported", `${why}; ${what}: { ${JSON.stringify(className)}: YourLayer }`);
  }
  const trainable = config.trainable === undefined ? true : flag.fromJson!(config.trainable);
  if (typeof trainable !== "boolean") throw failure("bad-input", "trainable: expected true or false");
  try {
    return builder.build({ ...fromConfig(builder.table, config, isHarmless), name, trainable });
  } catch (error) {
    if (error instanceof ConfigError)
      throw failure(error.kind === "unsupported" ? "not-supported" : "bad-input", error.message, error);
    if (!(error instanceof WgraftError)) throw error;
    throw failure(error.code === "not-supported" ? "not-supported" : "bad-input", error.message, error);
  }
}

const operationClasses = new Map(
  Object.values<unknown>(operations)
    .filter(isLayerClass)
    .map((operation) => [operation.table.owner, operation] as const),
);

/**
 * Makes the operation that a file asks for.
 * @throws WgraftError as `buildLayer`
 */
export function buildOperation(name: string, operation: OperationConfig, file: string): Layer {
  const { className, constants, ...options } = operation;
  const operationClass = operationClasses.get(className);
  try {
    if (operationClass) return new operationClass({ ...constants, ...options, name } as never);
  } catch (error) {
    if (!(error instanceof WgraftError)) throw error;
    throw new WgraftError("not-supported", `${file}: layer ${name} (${className}): ${error.message}`, {
      cause: error,
    });
  }
  throw new WgraftError(
    "internal",
    `${file}: layer ${name}: there is no class for the operation ${className}`,
  );
}
