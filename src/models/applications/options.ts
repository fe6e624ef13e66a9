/** What all applications take, and where their weights come from. */
import { WgraftError } from "../../errors.js";
import type { DownloadProgress } from "../../io/cache/download.js";
import type { Device } from "../../kernels/gpu/device.js";
import { formatShape, type Shape } from "../../tensor.js";

export type ApplicationName = "vgg16" | "vgg19" | "mobilenet";

/** Arguments of an architecture, without its weights. */
export interface ArchitectureOptions {
  /** Whether to include the classifier. Default true, as in Keras. */
  includeTop?: boolean;
  /** (height, width, channels), height and width at least 32. Default (224, 224, 3). */
  inputShape?: Shape;
  /** Without the top: the mean or the maximum over height and width at the end. Default null: neither. */
  pooling?: "avg" | "max" | null;
  /** With the top: the number of classes. Default 1000. */
  classes?: number;
  /** MobileNet only: factor of the widths of all layers. Default 1. */
  alpha?: number;
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

const smallest = 32;

/** The input's shape and the number of classes, checked. @throws WgraftError `usage` */
export function checked(
  options: ArchitectureOptions,
  application: string,
): { shape: Shape; classes: number } {
  const { inputShape: shape = [224, 224, 3], classes = 1000, includeTop = true, pooling } = options;
  const [height, width, channels] = shape;
  const isPicture = shape.length === 3 && shape.every((d) => Number.isSafeInteger(d)) && channels > 0;
  if (!isPicture || height < smallest || width < smallest) {
    throw new WgraftError(
      "usage",
      `${application}: expected an inputShape (height, width, channels) of at least ${smallest}×${smallest}, got ${formatShape(shape)}`,
    );
  }
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new WgraftError("usage", `${application}: expected a positive number of classes, got ${classes}`);
  }
  if (includeTop && pooling) {
    throw new WgraftError(
      "usage",
      `${application}: pooling is for a base without the top (includeTop: false)`,
    );
  }
  return { shape, classes };
}
