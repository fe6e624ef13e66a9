/** Activations as layers and as the last step of other layers. */
import { shapeError } from "../../../errors.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { namesOf } from "../../../names.js";
import { number, oneOf, type Check } from "../../../options/checks.js";
import { isPlainObject } from "../../../options/describe.js";
import { required, type Arguments } from "../../../options/fields.js";
import { camelCase, snakeCase } from "../../../options/notation.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { activationLayers, type ActivationClass } from "./activationLayers.js";
import { activations, type ActivationDescription, type ActivationName } from "./table.js";

export type { ActivationName } from "./table.js";

/** One of Keras's activation layers as an activation, with arguments: `{ className: "LeakyReLU", config: { negativeSlope: 0.1 } }`. */
export interface ActivationConfig {
  readonly className: ActivationClass;
  readonly config?: Readonly<Record<string, number>>;
}

/** By name, or with arguments. */
export type ActivationOption = ActivationName | ActivationConfig;

/** What files say of every layer. */
const everyLayers = ["name", "trainable", "dtype"];

const names = oneOf<ActivationName>(namesOf(activations));

/**
 * An activation as an option; in files a name, or what Keras writes for a function (`{ class_name: "function", config:
 * "relu" }`) or for a layer that serves as one.
 */
export const activation: Check<ActivationOption> = {
  expected: `the name of an activation, such as "relu", "elu" or "softmax", or { className, config }`,
  // Keras knows more of both: functions of a user's own are objects.
  choices: ["", {}],
  read: (value) => names.read(value) ?? readConfig(value),
  fromJson: (json) => {
    if (!isPlainObject(json)) return json;
    const { class_name: className, config } = json;
    if (!isPlainObject(config)) return config;
    const nameOf = (key: string) =>
      className === "LeakyReLU" && key === "alpha" ? "negativeSlope" : camelCase(key);
    const entries = Object.entries(config)
      .filter(([key, value]) => value !== null && !everyLayers.includes(key))
      .map(([key, value]) => [nameOf(key), value]);
    return { className, config: Object.fromEntries(entries) as object };
  },
  toJson: (value) => {
    if (typeof value === "string") return value;
    const { className, config = {} } = value;
    // Keras 2 knows no other name, and Keras 3 takes this one too.
    const nameOf = (key: string) => (className === "LeakyReLU" ? "alpha" : snakeCase(key));
    const entries = Object.entries(config).map(([key, argument]) => [nameOf(key), argument]);
    return { class_name: className, config: Object.fromEntries(entries) as object };
  },
};

function readConfig(value: unknown): ActivationConfig | undefined {
  if (!isPlainObject(value)) return undefined;
  const { className, config = {}, ...rest } = value;
  if (typeof className !== "string" || !Object.hasOwn(activationLayers, className)) return undefined;
  if (Object.keys(rest).length > 0 || !isPlainObject(config)) return undefined;
  const known = activationLayers[className as ActivationClass].arguments as readonly string[];
  const isGood = ([key, argument]: [string, unknown]) =>
    known.includes(key) && number().read(argument) !== undefined;
  return Object.entries(config).every(isGood) ? (value as unknown as ActivationConfig) : undefined;
}

/** Emits an activation, as separate nodes: where the kernel before it can apply it, a rewrite rule lets it. */
export function emitActivation(
  { graph }: { readonly graph: GraphBuilder },
  option: ActivationOption,
  x: Value,
): Value {
  if (typeof option === "string") return activations[option].emit(graph, x);
  return activationLayers[option.className].emit(graph, x, option.config ?? {});
}

/** What an activation leaves of a shape. @throws WgraftError `shape` where it needs an even last axis */
export function activatedShape(owner: string, option: ActivationOption, shape: Shape): Shape {
  if (typeof option !== "string") return shape;
  const { halves }: ActivationDescription = activations[option];
  if (!halves) return shape;
  const size = shape.at(-1)! / 2;
  if (Number.isInteger(size)) return [...shape.slice(0, -1), size];
  throw shapeError(owner, `an even number of channels for ${option}`, formatShape(shape));
}

export interface ActivationOptions extends LayerOptions {
  activation: ActivationOption;
}

const table = layerOptions<ActivationOptions>("Activation").fields({ activation: required(activation) });

/**
 * An activation as a layer.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new Activation({ activation: "relu" }).apply(features).shape); // [ 512 ]
 */
export class Activation extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: ActivationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return activatedShape(`layer ${this.name}`, this.args.activation, input);
  }

  override call(context: CallContext, input: Value): Value {
    return emitActivation(context, this.args.activation, input);
  }
}
