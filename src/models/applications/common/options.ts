/** Options that all applications take, and their checks. */
import { WgraftError } from "../../../errors.js";
import type { DownloadProgress } from "../../../io/cache/download.js";
import type { Device } from "../../../kernels/gpu/device.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { specialOptions } from "../catalog.js";
import type { ApplicationDescription, Checked, Pooling } from "./description.js";

/** Arguments of an architecture, without its weights. */
export interface ArchitectureOptions {
  /** Whether to include the classifier. Default true, as in Keras. */
  includeTop?: boolean;
  /** (height, width, channels). Default: the application's own size, and three channels. */
  inputShape?: Shape;
  /** Without the top: the mean or the maximum over height and width at the end. Default null: neither. */
  pooling?: Pooling | null;
  /** With the top: the number of classes. Default 1000. */
  classes?: number;
  /** The last layer; what stands above it is left out. Default: all layers. */
  layer?: string;
  /** Default: Keras's. */
  name?: string;
  /** Seed of random weights, dropout and shuffling. Default: drawn at random. */
  seed?: number;
  /** Default: one that is opened for the process at first use. */
  device?: Device;
}

export interface ApplicationOptions extends ArchitectureOptions {
  /**
   * "imagenet": the published weights, from Keras's cache or downloaded into it; "random" or null: new ones; else a
   * file, which may lack the layers above `layer`. Default "imagenet".
   */
  weights?: "imagenet" | "random" | (string & {}) | null;
  /** Never download. Default false. */
  offline?: boolean;
  /** How far the download is. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download. */
  signal?: AbortSignal;
}

/** @throws WgraftError `usage` for options that make no sense */
export function checked<Special extends object>(
  description: ApplicationDescription<string, Special>,
  options: ArchitectureOptions & Partial<Special>,
): Checked<Special> {
  const { name, defaultSize, smallestSize } = description;
  const { inputShape = [defaultSize, defaultSize, 3], classes = 1000, includeTop = true, pooling } = options;
  const [height, width, channels] = inputShape;
  const isImage = inputShape.length === 3 && inputShape.every(Number.isSafeInteger) && channels > 0;
  if (!isImage || height < smallestSize || width < smallestSize) {
    throw new WgraftError(
      "usage",
      `${name}: expected an inputShape (height, width, channels) of at least ${smallestSize}×${smallestSize}, got ${formatShape(inputShape)}`,
    );
  }
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new WgraftError("usage", `${name}: expected a positive number of classes, got ${classes}`);
  }
  if (includeTop && pooling) {
    throw new WgraftError("usage", `${name}: pooling is for a base without the top (includeTop: false)`);
  }
  refuseOptionsOfOthers(description, options);
  return { ...special(description, options), inputShape, classes, includeTop };
}

function refuseOptionsOfOthers<Special extends object>(
  { name, options: own }: ApplicationDescription<string, Special>,
  given: object,
): void {
  for (const [option, applications] of Object.entries(specialOptions)) {
    if (Object.hasOwn(own, option) || (given as Record<string, unknown>)[option] === undefined) continue;
    throw new WgraftError(
      "usage",
      `${name}: there is no option ${option}; ${option} is for ${applications.join(", ")}`,
    );
  }
}

/** The options that only this application takes, with defaults. */
function special<Special extends object>(
  { name, options: own }: ApplicationDescription<string, Special>,
  given: Partial<Special>,
): Required<Special> {
  const values = (Object.keys(own) as (keyof Special & string)[]).map((option) => {
    const { expected, isValid, default: standard } = own[option];
    const value = given[option] ?? standard;
    if (isValid(value)) return [option, value];
    throw new WgraftError("usage", `${name}: ${option}: expected ${expected}, got ${JSON.stringify(value)}`);
  });
  return Object.fromEntries(values) as Required<Special>;
}
