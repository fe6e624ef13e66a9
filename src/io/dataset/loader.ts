import { throwIfAborted, WgraftError } from "../../errors.js";
import { concatenate, type Shape } from "../../tensor.js";
import { decodeImage } from "../images/decode.js";
import { readImage } from "../images/readImage.js";
import { callback, flag, positiveInteger } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import { channelsOf, preparationFields, prepareImage, type ImagePreparation } from "../images/prepare.js";
import type { ImageFile } from "./folder.js";
import { hashOfImage } from "./hash.js";
import { firstOf } from "./omitted.js";

export interface ImageLoaderOptions extends ImagePreparation {
  /** 1 where images keep their own height or width. */
  batchSize: number;
  /** Batches that are being decoded ahead of the one in use; default 2. */
  prefetch?: number;
  /** Turn images upright as EXIF's orientation says; default false, as in Keras. */
  exif?: boolean;
  /** Omit images that do not decode instead of failing at the first; default false. */
  skipBad?: boolean;
  /** Called once for each omitted image. */
  onSkip?: (skipped: SkippedImage) => void;
}

/** How images are read from files: options of all that does it. */
export const imageReading = {
  ...preparationFields,
  exif: optional(flag, false),
  skipBad: optional(flag, false),
  onSkip: optional(callback),
};

const table = optionsOf<ImageLoaderOptions>("ImageLoader").fields({
  height: optional(positiveInteger),
  width: optional(positiveInteger),
  batchSize: required(positiveInteger),
  prefetch: optional(positiveInteger, 2),
  ...imageReading,
});

export interface SkippedImage {
  readonly file: ImageFile;
  readonly error: WgraftError;
}

/** Names that the message about bad images gives. */
const namedImages = 20;

/** The error that reports bad images, all at once. */
export function badImages(bad: readonly SkippedImage[]): WgraftError {
  const messages = bad.map(({ error }) => error.message);
  const what =
    bad.length === 1 ? messages[0] : `${bad.length} images cannot be used: ${firstOf(messages, namedImages)}`;
  return new WgraftError("bad-input", `${what}; \`skipBad\` omits bad images`, {
    option: "skipBad",
    cause: bad[0].error,
  });
}

export interface ImageBatch {
  /** uint8 [n, height, width, channels] in C order; a new array for each batch. */
  readonly images: Uint8Array;
  /** That of `images`. */
  readonly shape: Shape;
  /** float32 [n], the class indices. */
  readonly labels: Float32Array;
  /** Places of the images in the loader's list of files. */
  readonly indices: readonly number[];
  readonly files: readonly ImageFile[];
}

interface LoadedImage {
  readonly index: number;
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

type Loaded = LoadedImage | { readonly index: number; readonly error: unknown };

/**
 * Batches of decoded, resized images. Decoding runs on libuv's threads, always `prefetch` batches ahead: 4, unless
 * UV_THREADPOOL_SIZE was another number when they started (bin/wgraft.cjs makes it that of the cores). Resizing runs on this
 * thread: for a photo brought to 150 × 150 it takes about 0.2 ms with "nearest" and 3 to 4 ms with "bilinear". What comes
 * out does not depend on how many threads there are.
 * @example
 * const { files } = await listImageFolder("photos/train");
 * const loader = new ImageLoader(files, { height: 150, width: 150, batchSize: 20 });
 * for await (const { images, labels } of loader) console.log(images.length, labels);
 */
export class ImageLoader implements AsyncIterable<ImageBatch> {
  private readonly bad = new Map<number, SkippedImage>();

  private readonly options: Arguments<typeof table>;

  /** @throws WgraftError `usage` for an option that is unknown, missing or not what it should be */
  constructor(
    readonly files: readonly ImageFile[],
    options: ImageLoaderOptions,
  ) {
    this.options = checkOptions(table, options);
    const { height, width, batchSize } = this.options;
    if ((height === undefined || width === undefined) && batchSize > 1)
      throw new WgraftError("usage", "ImageLoader: images in several sizes need a batchSize of 1", {
        option: "batchSize",
      });
  }

  /** The images omitted so far, in the order of `files`. They are not tried again. */
  get skipped(): SkippedImage[] {
    return [...this.bad.entries()].sort(([a], [b]) => a - b).map(([, skipped]) => skipped);
  }

  [Symbol.asyncIterator](): AsyncGenerator<ImageBatch, void> {
    return this.batches();
  }

  /**
   * The images `order` (places in `files`; default: all, in order) in batches of `batchSize`, the last one possibly shorter.
   * An omitted image is replaced by the next one, so all batches but the last are full.
   * @throws WgraftError "bad-input" for the first image in `order` that does not decode, unless `skipBad`; "aborted"
   */
  async *batches(order?: Iterable<number>, signal?: AbortSignal): AsyncGenerator<ImageBatch, void> {
    const { batchSize, prefetch } = this.options;
    const indices = [...(order ?? this.files.keys())].filter((index) => !this.bad.has(index));
    const ahead: Promise<Loaded>[] = [];
    let finished = false;
    const isStopped = () => finished || signal?.aborted === true;
    let next = 0;
    let batch: LoadedImage[] = [];
    try {
      for (;;) {
        // Beside the batches ahead, the rest of the one that is being put together.
        const window = prefetch * batchSize + batchSize - batch.length;
        while (next < indices.length && ahead.length < window)
          ahead.push(this.load(indices[next++], isStopped));
        const pending = ahead.shift();
        if (!pending) break;
        const loaded = await pending;
        throwIfAborted(signal);
        if ("error" in loaded) this.skip(loaded.index, loaded.error);
        else batch.push(loaded);
        if (batch.length === batchSize) {
          yield this.assemble(batch);
          throwIfAborted(signal);
          batch = [];
        }
      }
      if (batch.length > 0) yield this.assemble(batch);
    } finally {
      finished = true;
    }
  }

  /** Never rejects: an error waits for its turn, so that the first in order is the one that is thrown. */
  private async load(index: number, isStopped: () => boolean): Promise<Loaded> {
    const { exif } = this.options;
    try {
      const file = this.files[index];
      const bytes = await readImage(file);
      if (file.sha256 !== undefined && file.sha256 !== hashOfImage(bytes))
        throw new WgraftError("bad-input", `${file.path}: was changed while it was used`);
      const image = await decodeImage(bytes, { name: file.path, exif });
      if (isStopped()) throw new WgraftError("aborted", "interrupted");
      const { height = image.height, width = image.width } = this.options;
      return { index, height, width, pixels: prepareImage(image, this.options) };
    } catch (error) {
      return { index, error };
    }
  }

  private skip(index: number, error: unknown): void {
    const isBadImage = error instanceof WgraftError && error.code === "bad-input";
    if (!isBadImage) throw error;
    if (!this.options.skipBad) throw badImages([{ file: this.files[index], error }]);
    const skipped = { file: this.files[index], error };
    this.bad.set(index, skipped);
    this.options.onSkip?.(skipped);
  }

  private assemble(batch: readonly LoadedImage[]): ImageBatch {
    const images = concatenate(
      "uint8",
      batch.map(({ pixels }) => pixels),
    );
    const indices = batch.map(({ index }) => index);
    const files = indices.map((index) => this.files[index]);
    const [{ height, width }] = batch;
    const shape = [batch.length, height, width, channelsOf(this.options.colorMode)];
    return { images, shape, labels: Float32Array.from(files, ({ label }) => label), indices, files };
  }
}
