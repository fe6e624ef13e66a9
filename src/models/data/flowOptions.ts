/** Options of the flows of `ImageDataGenerator`. */
import { folderTable } from "../../io/dataset/folder.js";
import { imageReading } from "../../io/dataset/loader.js";
import { flag, number, oneOf, pairOf, positiveInteger, seed } from "../../options/checks.js";
import { nullable, optional, optionsOf } from "../../options/fields.js";
import { DEFAULT_CACHE_BYTES, type ImageCacheOptions } from "./imageCache.js";
import type { Subset } from "./subsets.js";

/** Labels of images in class folders: one-hot rows, class indices (`binary` for two classes, `sparse`), or none. */
export type ClassMode = "categorical" | "binary" | "sparse" | null;

export interface FlowOptions {
  /** Default 32. */
  readonly batchSize?: number;
  /** Draw a new order for each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Of the order and of the transforms. Default: drawn at random. */
  readonly seed?: number | null;
}

export interface ArrayFlowOptions extends FlowOptions {
  readonly subset?: Subset | null;
}

export interface DirectoryFlowOptions
  extends
    FlowOptions,
    Pick<
      ImageCacheOptions,
      "interpolation" | "colorMode" | "cropToAspectRatio" | "exif" | "cacheBytes" | "skipBad" | "onSkip"
    > {
  /** Height and width that the images are brought to. Default [256, 256]. */
  readonly targetSize?: readonly [number, number];
  /** The classes in the order of their labels. Default: every subfolder, sorted. */
  readonly classes?: readonly string[] | null;
  /** Default "categorical". */
  readonly classMode?: ClassMode;
  /** At most this many images of each class, the first ones. Default: all. Keras has no such argument. */
  readonly limit?: number | null;
  readonly subset?: Subset | null;
}

/** Options of every flow, after their check. */
export interface FlowArguments {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed?: number;
}

const common = {
  batchSize: optional(positiveInteger, 32),
  shuffle: optional(flag, true),
  seed: nullable(optional(seed)),
  subset: nullable(optional(oneOf<Subset>(["training", "validation"]))),
};

export const flowTable = optionsOf<ArrayFlowOptions>("flow").fields(common);

export const directoryFlowTable = optionsOf<DirectoryFlowOptions>("flowFromDirectory").fields({
  targetSize: optional(pairOf(positiveInteger, "[height, width], two positive integers"), [256, 256]),
  classes: folderTable.fields.classes,
  classMode: optional(oneOf<ClassMode>(["categorical", "binary", "sparse", null]), "categorical"),
  limit: folderTable.fields.limit,
  cacheBytes: optional(number({ min: 0, name: "a number of bytes" }), DEFAULT_CACHE_BYTES),
  ...imageReading,
  ...common,
});
