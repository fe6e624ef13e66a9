/** Images of a folder as the batches that models take. */
import { throwIfAborted } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { ImageLoader, type SkippedImage } from "../../io/dataset/loader.js";
import type { Interpolation } from "../../io/images/resize.js";
import type { Batch, BatchSource, Preprocess, SampleSpec } from "../training/batches.js";

export interface ImageSourceOptions {
  height: number;
  width: number;
  /** Done on the GPU. Default "rescale": x / 255. */
  preprocess?: Preprocess;
  /** Default "nearest", as in Keras. */
  interpolation?: Interpolation;
  /** Leave out images that do not decode instead of failing at the first. Default false. */
  skipBad?: boolean;
  onSkip?: (skipped: SkippedImage) => void;
}

export interface ImageSourceBatch extends Batch {
  /** uint8 (n, height, width, 3) */
  readonly x: Uint8Array;
  /** Class indices (n). */
  readonly y: Float32Array;
  readonly files: readonly ImageFile[];
}

/** Decodes ahead of the GPU and hands over uint8 pixels, a quarter of the bytes of float32. */
export class ImageSource implements BatchSource {
  readonly sample: SampleSpec;
  readonly repeatable = true;

  constructor(
    readonly files: readonly ImageFile[],
    private readonly options: ImageSourceOptions,
  ) {
    const { height, width, preprocess = "rescale" } = options;
    this.sample = { shape: [height, width, 3], dtype: "uint8", preprocess };
  }

  /** Those that are left out under `skipBad` included. */
  get samples(): number {
    return this.files.length;
  }

  /** @throws WgraftError `bad-input` at the first image that does not decode, unless `skipBad`; `aborted` */
  async *batches(
    batchSize: number,
    order?: Uint32Array,
    signal?: AbortSignal,
  ): AsyncGenerator<ImageSourceBatch> {
    throwIfAborted(signal);
    const loader = new ImageLoader(this.files, { ...this.options, batchSize });
    for await (const { images, labels, files } of loader.batches(order, signal)) {
      yield { size: files.length, x: images, y: labels, files };
    }
  }
}
