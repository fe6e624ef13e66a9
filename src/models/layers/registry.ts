/**
 * The layers that a file may ask for, by Keras's class names. Nothing else is ever built, and nothing in a file is
 * evaluated (Keras's Lambda layers hold code).
 */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { Activation, ReLU, type ActivationName } from "./activations/activation.js";
import { BatchNormalization } from "./normalization/batchNormalization.js";
import type { Padding } from "./config.js";
import { Conv2D } from "./convolutional/conv2d.js";
import { Dense } from "./core/dense.js";
import { DepthwiseConv2D, SeparableConv2D } from "./convolutional/depthwiseConv2d.js";
import { Dropout } from "./regularization/dropout.js";
import type { Layer, LayerOptions } from "./layer.js";
import { GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "./pooling/pooling.js";
import { Flatten, Reshape, ZeroPadding2D } from "./reshaping/reshaping.js";
import { SavedConfig } from "./savedConfig.js";

type Builder = (config: SavedConfig, options: LayerOptions) => Layer;

const positive = z.number().int().positive();
const count = z.number().int().min(0);
/** Keras 2.2 writes some numbers as `{"type": "ndarray", "value": 6.0}`. */
const number = z.preprocess(
  (value) =>
    z.looseObject({ type: z.literal("ndarray"), value: z.number() }).safeParse(value).data?.value ?? value,
  z.number(),
);
const flag = (fallback: boolean) => z.boolean().default(fallback);
const pairOf = (item: z.ZodType<number>) =>
  z.union([item, z.tuple([item]), z.tuple([item, item])]).transform((value): [number, number] => {
    const [first, second = first] = typeof value === "number" ? [value] : value;
    return [first, second];
  });
const pair = pairOf(positive);
/** A name, or the object that Keras 3 writes for a function of its own. */
const activation = z
  .union([z.string(), z.looseObject({ config: z.string() }).transform((object) => object.config)])
  .nullish()
  // Names that wgraft does not know are refused by the layer, with the list of those it does.
  .transform((name) => (name ?? "linear") as ActivationName);
const padding = z.string().default("valid") as unknown as z.ZodType<Padding>;

const window = (config: SavedConfig) => {
  config.mustBe("data_format", "channels_last", null);
  config.mustBe("dilation_rate", [1, 1], 1);
  config.mustBe("groups", 1);
  return {
    kernelSize: config.read("kernel_size", pair),
    strides: config.read("strides", pair.default([1, 1])),
    padding: config.read("padding", padding),
    activation: config.read("activation", activation),
    useBias: config.read("use_bias", flag(true)),
  };
};
const channelsLast = (config: SavedConfig) => config.mustBe("data_format", "channels_last", null);

const builders = new Map<string, Builder>([
  [
    "Activation",
    (config, options) => new Activation({ ...options, activation: config.read("activation", activation) }),
  ],
  [
    "BatchNormalization",
    (config, options) => {
      config.read("renorm_momentum", z.unknown()); // speaks of `renorm`, which must be off
      const axis = z.union([z.number().int(), z.tuple([z.number().int()])]).default(-1);
      return new BatchNormalization({
        ...options,
        axis: [config.read("axis", axis)].flat()[0],
        momentum: config.read("momentum", number.default(0.99)),
        epsilon: config.read("epsilon", number.default(1e-3)),
        center: config.read("center", flag(true)),
        scale: config.read("scale", flag(true)),
      });
    },
  ],
  [
    "Conv2D",
    (config, options) =>
      new Conv2D({ ...options, ...window(config), filters: config.read("filters", positive) }),
  ],
  [
    "Dense",
    (config, options) =>
      new Dense({
        ...options,
        units: config.read("units", positive),
        activation: config.read("activation", activation),
        useBias: config.read("use_bias", flag(true)),
      }),
  ],
  [
    "DepthwiseConv2D",
    (config, options) =>
      new DepthwiseConv2D({
        ...options,
        ...window(config),
        depthMultiplier: config.read("depth_multiplier", positive.default(1)),
      }),
  ],
  [
    "Dropout",
    (config, options) => {
      config.mustBe("noise_shape", null);
      return new Dropout({ ...options, rate: config.read("rate", number) });
    },
  ],
  [
    "Flatten",
    (config, options) => {
      channelsLast(config);
      return new Flatten(options);
    },
  ],
  [
    "GlobalAveragePooling2D",
    (config, options) => {
      channelsLast(config);
      return new GlobalAveragePooling2D({ ...options, keepdims: config.read("keepdims", flag(false)) });
    },
  ],
  [
    "GlobalMaxPooling2D",
    (config, options) => {
      channelsLast(config);
      return new GlobalMaxPooling2D({ ...options, keepdims: config.read("keepdims", flag(false)) });
    },
  ],
  [
    "MaxPooling2D",
    (config, options) => {
      channelsLast(config);
      return new MaxPooling2D({
        ...options,
        poolSize: config.read("pool_size", pair.default([2, 2])),
        strides: config.read("strides", pair.nullish()),
        padding: config.read("padding", padding),
      });
    },
  ],
  [
    "ReLU",
    (config, options) => {
      config.mustBe("negative_slope", 0, { type: "ndarray", value: 0 });
      config.mustBe("threshold", 0, { type: "ndarray", value: 0 });
      return new ReLU({ ...options, maxValue: config.read("max_value", number.nullish()) });
    },
  ],
  [
    "Reshape",
    (config, options) =>
      new Reshape({
        ...options,
        targetShape: config.read("target_shape", z.array(z.number().int().min(-1))),
      }),
  ],
  [
    "SeparableConv2D",
    (config, options) =>
      new SeparableConv2D({
        ...options,
        ...window(config),
        filters: config.read("filters", positive),
        depthMultiplier: config.read("depth_multiplier", positive.default(1)),
      }),
  ],
  [
    "Softmax",
    (config, options) => {
      config.mustBe("axis", -1);
      return new Activation({ ...options, activation: "softmax" });
    },
  ],
  [
    "ZeroPadding2D",
    (config, options) => {
      channelsLast(config);
      const sides = z.union([count, z.tuple([count, count]), z.tuple([pairOf(count), pairOf(count)])]);
      return new ZeroPadding2D({ ...options, padding: config.read("padding", sides.default(1)) });
    },
  ],
]);

/** What a file tells of a layer. */
export interface SavedLayerConfig {
  readonly className: string;
  readonly name: string;
  /** Keras's arguments, as saved. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Makes the layer that a file asks for.
 * @param file what errors call the file
 * @throws WgraftError `not-supported` for a class or an argument that wgraft does not have, `bad-input` for arguments
 *   that make no sense
 */
export function buildLayer({ className, name, config }: SavedLayerConfig, file: string): Layer {
  const saved = new SavedConfig(file, className, name, config);
  const build = builders.get(className);
  if (!build)
    throw saved.error("not-supported", `wgraft has no such layer; it has ${[...builders.keys()].join(", ")}`);
  saved.mustBe("dtype", "float32", "mixed_float16", "mixed_bfloat16");
  const trainable = saved.read("trainable", flag(true));
  let layer: Layer;
  try {
    layer = build(saved, { name, trainable });
  } catch (error) {
    if (!(error instanceof WgraftError) || error.message.startsWith(file)) throw error;
    const code = error.code === "not-supported" ? "not-supported" : "bad-input";
    throw saved.error(code, error.message.replace(`layer ${name}: `, ""), error);
  }
  saved.finish();
  return layer;
}
