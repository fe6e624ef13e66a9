/** Images that are decoded once. */
import { throwIfAborted } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { ImageLoader, type SkippedImage } from "../../io/dataset/loader.js";
import { channelsOf, type ImagePreparation } from "../../io/images/prepare.js";
import { concatenate } from "../../tensor.js";

/** Bytes of decoded images that are kept unless something else is asked for. */
export const DEFAULT_CACHE_BYTES = 2 ** 30;

/** Images that the loader hands over at a time, and how many times as many it decodes ahead. */
const loaderBatch = { batchSize: 16, prefetch: 4 };

export interface ImageCacheOptions extends ImagePreparation {
  height: number;
  width: number;
  /**
   * Bytes of decoded, resized images that stay in memory; the rest is decoded again in every pass. Default 1 GiB:
   * 15,900 images of 150 × 150. 0 keeps none.
   */
  cacheBytes?: number;
  /** Turn images upright as EXIF's orientation says. Default false, as in Keras. */
  exif?: boolean;
  /** Omit images that do not decode instead of failing at the first. Default false. */
  skipBad?: boolean;
  onSkip?: (skipped: SkippedImage) => void;
}

interface CachedImage {
  readonly index: number;
  readonly pixels: Uint8Array;
}

export interface CachedBatch {
  /** uint8 [n, height, width, channels], a new array for each batch. */
  readonly images: Uint8Array;
  /** Places of the images in the list of files. */
  readonly indices: readonly number[];
}

/**
 * Batches of decoded, resized images of files, like those of `ImageLoader`, which decodes them ahead; what has been
 * decoded stays in memory as far as the budget goes. Images are taken in as they first come and never evicted:
 * where every pass looks at all of them once, that saves as many decodings as any other rule could.
 */
export class ImageCache {
  private readonly loader: ImageLoader;
  private readonly kept = new Map<number, Uint8Array>();
  private readonly bytesEach: number;
  private readonly most: number;
  private decodings = 0;

  constructor(
    readonly files: readonly ImageFile[],
    options: ImageCacheOptions,
  ) {
    const { cacheBytes = DEFAULT_CACHE_BYTES, ...reading } = options;
    const { height, width, colorMode } = reading;
    this.loader = new ImageLoader(files, { ...reading, ...loaderBatch });
    this.bytesEach = height * width * channelsOf(colorMode);
    this.most = Math.floor(cacheBytes / this.bytesEach);
  }

  /** Bytes that the kept images take. */
  get bytes(): number {
    return this.kept.size * this.bytesEach;
  }

  /** How often an image was decoded so far. */
  get decoded(): number {
    return this.decodings;
  }

  /**
   * The images `order` (places in `files`; default: all, in order) in batches of `batchSize`, the last one possibly shorter.
   * @throws WgraftError what `ImageLoader` throws
   */
  async *batches(
    batchSize: number,
    order?: Iterable<number>,
    signal?: AbortSignal,
  ): AsyncGenerator<CachedBatch, void> {
    const indices = [...(order ?? this.files.keys())];
    const missing = indices.filter((index) => !this.kept.has(index));
    const isMissing = new Set(missing);
    const decoded = this.decode(missing, signal);
    let next: IteratorResult<CachedImage, void> | undefined;
    let batch: CachedImage[] = [];
    try {
      for (const index of indices) {
        if (isMissing.has(index)) {
          next ??= await decoded.next();
          // Another image than the one that is due: the loader has left that one out.
          if (next.done || next.value.index !== index) continue;
          batch.push(next.value);
          next = undefined;
        } else batch.push({ index, pixels: this.kept.get(index)! });
        throwIfAborted(signal);
        if (batch.length < batchSize) continue;
        yield this.assemble(batch);
        batch = [];
      }
      if (batch.length > 0) yield this.assemble(batch);
    } finally {
      await decoded.return();
    }
  }

  private async *decode(indices: readonly number[], signal?: AbortSignal): AsyncGenerator<CachedImage, void> {
    for await (const { images, indices: found } of this.loader.batches(indices, signal)) {
      this.decodings += found.length;
      for (const [i, index] of found.entries()) {
        const pixels = images.subarray(i * this.bytesEach, (i + 1) * this.bytesEach);
        // A copy, because a view would keep the whole batch alive.
        if (this.kept.size < this.most && !this.kept.has(index)) this.kept.set(index, pixels.slice());
        yield { index, pixels };
      }
    }
  }

  private assemble(batch: readonly CachedImage[]): CachedBatch {
    const images = concatenate(
      "uint8",
      batch.map(({ pixels }) => pixels),
    );
    return { images, indices: batch.map(({ index }) => index) };
  }
}
