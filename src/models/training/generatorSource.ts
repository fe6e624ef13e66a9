/** Batches that a user's generator makes. */
import { shapeError, WgraftError } from "../../errors.js";
import { formatShape, formatSpec, sameShape, type Tensor } from "../../tensor.js";
import type { Batch, BatchSource, Preprocess, SampleSpec } from "./batches.js";
import { sampleWeightTensor, type SampleWeight } from "./sampleWeights.js";

/** One batch: x (n, …), y (n, …), and, where samples do not all count alike, n weights. */
export type TensorBatch = readonly [x: Tensor, y: Tensor, sampleWeight?: SampleWeight];

/** Batches one after the other, such as a generator function gives; it may go on for ever. */
export type TensorBatches = AsyncIterable<TensorBatch> | Iterable<TensorBatch>;

type BatchIterator = AsyncIterator<TensorBatch, void> | Iterator<TensorBatch, void>;

/**
 * A source without an end: every pass goes on where the last one stopped, as Keras takes generators. There is no order
 * to shuffle, and the sizes of the batches are the generator's own.
 */
export class GeneratorSource implements BatchSource {
  readonly samples = Infinity;

  private constructor(
    readonly sample: SampleSpec,
    private first: IteratorResult<TensorBatch, void> | undefined,
    private readonly rest: BatchIterator,
  ) {}

  /**
   * Takes the first batch, which tells what a sample is.
   * @param preprocess how uint8 samples become numbers
   * @throws WgraftError `bad-input` where there is none
   */
  static async open(batches: TensorBatches, preprocess: Preprocess = "none"): Promise<GeneratorSource> {
    const iterator: BatchIterator =
      Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    const first = await iterator.next();
    if (first.done) throw new WgraftError("bad-input", "fit: the generator gave no batch");
    const [{ shape, dtype }] = first.value;
    return new GeneratorSource({ shape: shape.slice(1), dtype, preprocess }, first, iterator);
  }

  /**
   * All that the generator still has. Leaving the loop leaves the generator as it is.
   * @throws WgraftError `bad-input` where it comes to its end; `shape`
   */
  async *batches(): AsyncGenerator<Batch, never> {
    for (;;) {
      const next = this.first ?? (await this.rest.next());
      this.first = undefined;
      if (next.done) {
        throw new WgraftError(
          "bad-input",
          "fit: the generator ended before stepsPerEpoch batches of every epoch; let it go on, or ask for fewer",
        );
      }
      yield this.checked(next.value);
    }
  }

  private checked([x, y, sampleWeight]: TensorBatch): Batch {
    const { shape, dtype } = this.sample;
    const [size = 0, ...row] = x.shape;
    if (size === 0 || x.dtype !== dtype || !sameShape(row, shape)) {
      const expected = `batches of ${dtype} samples ${formatShape(shape)}, as the first one had`;
      throw shapeError("fit", expected, formatSpec(x));
    }
    if (y.dtype !== "float32" || y.shape[0] !== size)
      throw shapeError("fit", `${size} float32 labels for x ${formatShape(x.shape)}`, formatSpec(y));
    return {
      size,
      x: x.dataSync(),
      y: y.dataSync() as Float32Array,
      sampleWeight: sampleWeight && sampleWeightTensor(sampleWeight, size).dataSync(),
    };
  }
}
