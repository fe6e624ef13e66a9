/** Options that the functions of src/transfer share. */
import { WgraftError } from "../errors.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import type { DownloadProgress } from "../io/cache/download.js";
import type { Interpolation } from "../io/images/resize.js";
import { Device } from "../kernels/gpu/device.js";
import { defaultDevice } from "../models/defaultDevice.js";
import type { ApplicationName } from "../models/applications/index.js";
import type { Preprocess } from "../models/training/batches.js";
import {
  abortSignal,
  callback,
  check,
  either,
  flag,
  instanceOf,
  integer,
  number,
  oneOf,
  positiveInteger,
  sha256,
  text,
  type Check,
} from "../options/checks.js";
import { optional } from "../options/fields.js";
import type { FloatType } from "../tensor.js";
import { choices, defaults, type Pooling } from "./defaults.js";

/** Opens a device when it is first needed. @param precision of the run that is resumed; undefined where any will do */
export type DeviceOpener = (precision?: FloatType) => Promise<Device>;

/** Options of everything that runs long. */
export interface TransferOptions {
  /** Where to compute. Default: a device that the library opens once for the process. */
  device?: Device | DeviceOpener;
  /** Stops the work, which then rejects with the error `aborted`. */
  signal?: AbortSignal;
  /** Gets a line about what is done, and about anything unusual. Names of options stand in backticks. */
  onNote?: (note: string) => void;
  /** How far a download of weights is, in bytes. */
  onDownload?: (progress: DownloadProgress) => void;
}

/** Which base, and where its weights come from. */
export interface BaseOptions {
  /** Default "vgg16". */
  app?: ApplicationName;
  /** "imagenet", "random" or a file. Default "imagenet". */
  weights?: string;
  /** Never download weights. Default false. */
  offline?: boolean;
  /** The sha256 that the weights file must have. Default: the hash that Keras records, or that of its first use. */
  weightsSha256?: string;
  /** Height and width of the images, in pixels. Default: 150 for vgg16, else the application's own. */
  size?: number;
  /** The layer to cut the base after. Default: its last. */
  layer?: string;
  /** The mean or the maximum of each map. Default: neither. */
  pooling?: Pooling;
  /** MobileNet's width multiplier. Default 1. */
  alpha?: number;
  /** Of all that is random. Default: drawn. */
  seed?: number;
}

/** How images become a model's input. */
export interface ImageOptions {
  /** How pixels become numbers. Default: "rescale", x / 255, for vgg16 and vgg19, else the application's own. */
  preprocess?: Preprocess;
  /** How images are resized. Default "nearest". */
  interpolation?: Interpolation;
  /** Turn images upright as EXIF's orientation says. Default false, as in Keras. */
  exif?: boolean;
}

/** What is kept from one run to the next. */
export interface CacheOptions {
  /** Keep features, and use those of earlier runs. What is found has the bits that computing it would give. Default true. */
  cache?: boolean;
}

/** What to do about images that do not decode. */
export interface SkipOptions {
  /** Omit them instead of failing at the first. Default false. */
  skipBad?: boolean;
  /** Called once for each that is omitted. */
  onSkip?: (skipped: SkippedImage) => void;
}

const deviceOrOpener: Check<Device | DeviceOpener> = either(
  instanceOf(Device),
  callback,
  "a Device, or a function that opens one",
);

/** Of a page, which replaces what is there: with this ending, that is no model by mistake. */
export const htmlPath = check<string>(
  'a path that ends in ".html"',
  (value) => typeof value === "string" && /.\.html?$/i.test(value),
);

/** The fields of the options above, in the tables of the functions that take them. */
export const transferFields = {
  device: optional(deviceOrOpener),
  signal: optional(abortSignal),
  onNote: optional(callback),
  onDownload: optional(callback),
};
export const baseFields = {
  app: optional(oneOf<ApplicationName>(choices.app)),
  weights: optional(text),
  offline: optional(flag),
  weightsSha256: optional(sha256),
  size: optional(positiveInteger),
  layer: optional(text),
  pooling: optional(oneOf<Pooling>(choices.pooling)),
  alpha: optional(number({ above: 0 })),
  seed: optional(integer({ min: 0, max: 2 ** 32 - 1 })),
};
export const imageFields = {
  preprocess: optional(oneOf<Preprocess>(choices.preprocess)),
  interpolation: optional(oneOf<Interpolation>(choices.interpolation)),
  exif: optional(flag),
};
export const cacheFields = { cache: optional(flag, defaults.cache) };
export const skipFields = { skipBad: optional(flag), onSkip: optional(callback) };

/**
 * The device to compute on.
 * @param precision that it must have. Default: any
 * @throws WgraftError `usage` where the given device has another
 */
export async function openDevice({ device }: TransferOptions, precision?: FloatType): Promise<Device> {
  const opened = typeof device === "function" ? await device(precision) : (device ?? (await defaultDevice()));
  if (precision === undefined || opened.precision === precision) return opened;
  throw new WgraftError(
    "usage",
    `\`precision\` ${precision}: the device has ${opened.precision}; pass one made by createDevice({ precision: "${precision}" })`,
    { option: "precision", expected: precision, got: opened.precision },
  );
}

/** A seed, drawn unless it is given. */
export function seedOf({ seed }: { readonly seed?: number }): number {
  return seed ?? Math.floor(Math.random() * 2 ** 32);
}
