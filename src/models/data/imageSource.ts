/** Images of a folder as the batches that models take. */
import { throwIfAborted } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { imageReading, ImageLoader, type SkippedImage } from "../../io/dataset/loader.js";
import { channelsOf, type ImagePreparation } from "../../io/images/prepare.js";
import { preprocessModes } from "../../kernels/image/preprocessModes.js";
import { namesOf } from "../../names.js";
import { oneOf, positiveInteger } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import type { Batch, BatchSource, Preprocess, SampleSpec } from "../training/batches.js";

export interface ImageSourceOptions extends ImagePreparation {
  height: number;
  width: number;
  /** Done on the GPU. Default "rescale": x / 255. */
  preprocess?: Preprocess;
  /** Turn images upright as EXIF's orientation says. Default false, as in Keras. */
  exif?: boolean;
  /** Omit images that do not decode instead of failing at the first. Default false. */
  skipBad?: boolean;
  onSkip?: (skipped: SkippedImage) => void;
}

const table = optionsOf<ImageSourceOptions>("ImageSource").fields({
  height: required(positiveInteger),
  width: required(positiveInteger),
  preprocess: optional(oneOf<Preprocess>(namesOf(preprocessModes)), "rescale"),
  ...imageReading,
});

export interface ImageSourceBatch extends Batch {
  /** uint8 (n, height, width, channels) */
  readonly x: Uint8Array;
  /** Class indices (n). */
  readonly y: Float32Array;
  readonly files: readonly ImageFile[];
}

/**
 * Decodes ahead of the GPU and hands over uint8 pixels, a quarter of the bytes of float32.
 * @example
 * const { files } = await listImageFolder("photos/train");
 * const source = new ImageSource(files, { height: 32, width: 32 });
 * const features = await base.predict(source);
 */
export class ImageSource implements BatchSource {
  readonly sample: SampleSpec;
  readonly repeatable = true;

  private readonly reading: Omit<Arguments<typeof table>, "preprocess">;

  /** @throws WgraftError `usage` for an option that is unknown, missing or not what it should be */
  constructor(
    readonly files: readonly ImageFile[],
    options: ImageSourceOptions,
  ) {
    const { preprocess, ...reading } = checkOptions(table, options);
    const { height, width, colorMode } = reading;
    this.reading = reading;
    this.sample = { shape: [height, width, channelsOf(colorMode)], dtype: "uint8", preprocess };
  }

  /** How images become samples. */
  get resizing(): unknown {
    const { height, width, interpolation, colorMode, cropToAspectRatio, exif } = this.reading;
    return { height, width, interpolation, colorMode, cropToAspectRatio, exif };
  }

  /** Including those that `skipBad` omits. */
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
    const loader = new ImageLoader(this.files, { ...this.reading, batchSize });
    for await (const { images, labels, files, indices } of loader.batches(order, signal)) {
      yield { size: files.length, x: images, y: labels, files, indices };
    }
  }
}
