import { WgraftError } from "../../errors.js";
import type { ImageFile, ImageFolder } from "../../io/dataset/folder.js";
import { channelsOf } from "../../io/images/prepare.js";
import type { Tensor } from "../../tensor.js";
import type { ClassMode, FlowArguments } from "./flowOptions.js";
import { ImageFlow, type FlowLabels, type ImageProcessing, type FlowImages } from "./imageFlow.js";
import { ImageCache, type ImageCacheOptions } from "./imageCache.js";

/** Labelled images of a folder; Keras's `DirectoryIterator`. */
export class DirectoryFlow<Y extends Tensor<"float32"> | undefined = Tensor<"float32">> extends ImageFlow<Y> {
  /** Labels of the classes. */
  readonly classIndices: Readonly<Record<string, number>>;
  private readonly cache: ImageCache;

  constructor(
    processing: ImageProcessing,
    /** The images, in the order of their places. */
    readonly folder: ImageFolder,
    classMode: ClassMode,
    cacheOptions: ImageCacheOptions,
    options: FlowArguments,
  ) {
    const cache = new ImageCache(folder.files, cacheOptions);
    const images: FlowImages = {
      count: folder.files.length,
      shape: [cacheOptions.height, cacheOptions.width, channelsOf(cacheOptions.colorMode)],
      dtype: "uint8",
      batches: (...args) => cache.batches(...args),
    };
    super(processing, images, labelsByClass(folder, classMode), options);
    this.cache = cache;
    this.classIndices = Object.fromEntries(folder.classNames.map((name, label) => [name, label]));
  }

  /** Paths below the folder, such as `cats/cat.0.jpg`. */
  get filenames(): string[] {
    return this.folder.files.map(({ relative }) => relative);
  }

  /** Class indices of the images. */
  get classes(): Uint32Array {
    return Uint32Array.from(this.folder.files, ({ label }) => label);
  }

  /** How often an image was decoded so far, and bytes that decoded images take in memory. */
  get decoding(): { readonly decoded: number; readonly bytes: number } {
    return { decoded: this.cache.decoded, bytes: this.cache.bytes };
  }
}

function labelsByClass({ files, classNames }: ImageFolder, mode: ClassMode): FlowLabels | undefined {
  const classes = classNames.length;
  switch (mode) {
    case null:
      return undefined;
    case "binary":
      if (classes !== 2) {
        throw new WgraftError(
          "usage",
          `flowFromDirectory: classMode binary is for 2 classes, there are ${classes} (${classNames.join(", ")}); ` +
            "choose categorical or sparse",
        );
      }
      return { values: labelValues(files), shape: [] };
    case "sparse":
      return { values: labelValues(files), shape: [] };
    case "categorical": {
      const values = new Float32Array(files.length * classes);
      files.forEach(({ label }, i) => (values[i * classes + label] = 1));
      return { values, shape: [classes] };
    }
  }
}

function labelValues(files: readonly ImageFile[]): Float32Array {
  return Float32Array.from(files, ({ label }) => label);
}
