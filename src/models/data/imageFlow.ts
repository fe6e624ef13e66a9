/** Endless batches of augmented images, and the source of batches that `fit` takes. */
import { WgraftError } from "../../errors.js";
import { gather, sizeOf, Tensor, type Shape } from "../../tensor.js";
import {
  batchSizeFor,
  shuffledOrder,
  type Batch,
  type BatchSource,
  type Pass,
  type SampleSpec,
} from "../training/batches.js";
import type { FlowArguments } from "./flowOptions.js";
import { packTransforms, type Convention, type TransformParameters } from "./augmentation/transform.js";

/** Some images, in one piece, and their places among all. */
export interface IndexedImages {
  readonly images: Uint8Array | Float32Array;
  readonly indices: readonly number[];
}

/** Where the images of a flow come from. */
export interface FlowImages {
  readonly count: number;
  /** [height, width, channels] */
  readonly shape: Shape;
  readonly dtype: "uint8" | "float32";
  batches(
    batchSize: number,
    order?: Uint32Array,
    signal?: AbortSignal,
  ): AsyncIterable<IndexedImages> | Iterable<IndexedImages>;
}

/** What happens to the images. */
export interface ImageProcessing {
  /** What the GPU does with images of a shape; undefined where only the host can do it. */
  onGpu(shape: Shape): SampleSpec | undefined;
  /** The transform of an image in a pass; undefined where none is wanted. */
  draw(seed: number, pass: Pass, index: number, shape: Shape): TransformParameters | undefined;
  /** Transforms one image on the host. */
  applyTransform(image: Tensor, parameters: TransformParameters): Tensor<"float32">;
  /** Preprocesses one image on the host. */
  standardize(image: Tensor): Tensor<"float32">;
  readonly convention: Convention;
  /** False where a function of the user's, which may do as it likes, has a part in it. */
  readonly repeatable: boolean;
}

/** Labels of all samples. */
export interface FlowLabels {
  readonly values: Float32Array;
  /** Of one label. */
  readonly shape: Shape;
}

/**
 * Images in random order and random transforms, as Keras's `Iterator`.
 *
 * - `fit(flow)` transforms them on the GPU. `evaluate`, `predict` and `validationData` see them as they are and in order.
 * - `for await (const [x, y] of flow)` gives the batches that Keras's `next()` gives, made on the host: x float32 (n,
 *   height, width, channels), y float32 or undefined. It never ends: after an epoch, whose last batch may be short, the
 *   next begins.
 *
 * What is drawn for an image depends on the seed, the epoch and its place among all images, and on nothing else.
 */
export class ImageFlow<Y extends Tensor<"float32"> | undefined = Tensor<"float32">>
  implements BatchSource, AsyncIterableIterator<readonly [x: Tensor<"float32">, y: Y]>
{
  readonly sample: SampleSpec;
  readonly samples: number;
  readonly defaults: { readonly batchSize: number; readonly shuffle: boolean; readonly seed?: number };
  readonly repeatable: boolean;
  private readonly seed: number;
  private readonly iterator: AsyncGenerator<readonly [Tensor<"float32">, Y], never>;

  constructor(
    private readonly processing: ImageProcessing,
    private readonly images: FlowImages,
    private readonly labels: FlowLabels | undefined,
    { batchSize, shuffle, seed }: FlowArguments,
  ) {
    const { shape, dtype, count } = images;
    const onGpu = dtype === "uint8" ? processing.onGpu(shape) : undefined;
    this.sample = onGpu ?? { shape, dtype: "float32" };
    this.samples = count;
    this.repeatable = processing.repeatable;
    this.defaults = { batchSize, shuffle, seed };
    this.seed = seed ?? Math.floor(Math.random() * 2 ** 32);
    this.iterator = this.endless();
  }

  /** Batches of an epoch. */
  get length(): number {
    return Math.ceil(this.samples / this.defaults.batchSize);
  }

  async *batches(
    batchSize: number,
    order?: Uint32Array,
    signal?: AbortSignal,
    pass?: Pass,
  ): AsyncGenerator<Batch> {
    const { shape } = this.images;
    for await (const batch of this.images.batches(batchSize, order, signal)) {
      const { indices } = batch;
      const y = this.labels && labelsOf(this.labels, indices);
      if (this.sample.dtype !== "uint8") {
        yield { size: indices.length, x: this.processed(batch, pass), y, indices };
        continue;
      }
      const parameters = pass && this.drawn(indices, pass);
      const transforms =
        parameters && packTransforms(parameters, shape[0], shape[1], this.processing.convention);
      yield { size: indices.length, x: batch.images, y, indices, transforms };
    }
  }

  next(): Promise<IteratorResult<readonly [x: Tensor<"float32">, y: Y], never>> {
    return this.iterator.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async *endless(): AsyncGenerator<readonly [Tensor<"float32">, Y], never> {
    if (this.samples === 0) throw new WgraftError("bad-input", "flow: there are no images");
    const { shape } = this.images;
    for (let epoch = 0; ; epoch++) {
      const pass = { epoch, repeat: 0 };
      const order = this.defaults.shuffle ? shuffledOrder(this.samples, this.seed, pass) : undefined;
      for await (const batch of this.images.batches(batchSizeFor(this, undefined), order)) {
        const n = batch.indices.length;
        const x = new Tensor(this.processed(batch, pass), [n, ...shape], "float32");
        const { labels } = this;
        const y = labels && new Tensor(labelsOf(labels, batch.indices), [n, ...labels.shape], "float32");
        yield [x, y as Y];
      }
    }
  }

  /** The transforms of some images in a pass; undefined where none are wanted. */
  private drawn(indices: readonly number[], pass: Pass): TransformParameters[] | undefined {
    const drawn = indices.map((index) => this.processing.draw(this.seed, pass, index, this.images.shape));
    return drawn.every((parameters) => parameters !== undefined) ? drawn : undefined;
  }

  /** Images transformed, where there is a pass to draw for, and preprocessed on the host. */
  private processed({ images, indices }: IndexedImages, pass: Pass | undefined): Float32Array {
    const { processing } = this;
    const { shape, dtype } = this.images;
    const size = sizeOf(shape);
    const parameters = pass && this.drawn(indices, pass);
    const out = new Float32Array(images.length);
    indices.forEach((_, i) => {
      const image: Tensor = new Tensor(images.subarray(i * size, (i + 1) * size), shape, dtype);
      const transformed = parameters ? processing.applyTransform(image, parameters[i]) : image;
      out.set(processing.standardize(transformed).dataSync(), i * size);
    });
    return out;
  }
}

function labelsOf({ values, shape }: FlowLabels, indices: readonly number[]): Float32Array {
  return gather("float32", values, sizeOf(shape), indices);
}
