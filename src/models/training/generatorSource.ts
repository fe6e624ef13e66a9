/** Batches that a user's generator makes. */
import { shapeError, WgraftError } from "../../errors.js";
import { formatShape, formatSpec, sameShape, Tensor } from "../../tensor.js";
import { inOrder, listed, unlisted, type Ends, type OneOrMore, type PerEnd } from "../ends.js";
import type { AnyBatch, BatchSource, Preprocess, SampleSpec } from "./batches.js";
import { sampleWeightTensors, type SampleWeight } from "./sampleWeights.js";

/** The inputs and outputs that data is for. */
export interface ModelEnds {
  readonly inputs: Ends;
  readonly outputs: Ends;
}

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** One batch: x (n, …), y (n, …), and, where samples do not all count alike, n weights. */
export type TensorBatch = readonly [x: Tensor, y: Tensor, sampleWeight?: SampleWeight];

/** The same of a model with several inputs or outputs: lists in their order or objects by their names. */
export type AnyTensorBatch = readonly [
  x: PerEnd<Tensor>,
  y: PerEnd<Tensor>,
  sampleWeight?: PerEnd<SampleWeight>,
];

/** Batches one after the other, such as a generator function gives; it may go on for ever. */
export type TensorBatches = AsyncIterable<AnyTensorBatch> | Iterable<AnyTensorBatch>;

type BatchIterator = AsyncIterator<AnyTensorBatch, void> | Iterator<AnyTensorBatch, void>;

/**
 * A source without an end: every pass goes on where the last one stopped, as Keras takes generators. There is no order
 * to shuffle, and the sizes of the batches are the generator's own.
 */
export class GeneratorSource implements BatchSource {
  readonly samples = Infinity;

  private constructor(
    readonly sample: OneOrMore<SampleSpec>,
    private first: IteratorResult<AnyTensorBatch, void> | undefined,
    private readonly rest: BatchIterator,
    private readonly ends: ModelEnds,
  ) {}

  /**
   * Reads the first batch, which defines what a sample is.
   * @param ends of the model that the batches are for
   * @param preprocess how uint8 samples become numbers
   * @throws WgraftError `bad-input` where there is none
   */
  static async open(
    batches: TensorBatches,
    ends: ModelEnds,
    preprocess: Preprocess = "none",
  ): Promise<GeneratorSource> {
    const iterator: BatchIterator =
      Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    const first = await iterator.next();
    if (first.done) throw new WgraftError("bad-input", "fit: the generator gave no batch");
    const inputs = tensorsOf("x", ends.inputs, first.value[0]);
    const samples = inputs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype, preprocess }));
    return new GeneratorSource(unlisted(samples), first, iterator, ends);
  }

  /**
   * All that the generator still has. Leaving the loop leaves the generator as it is.
   * @throws WgraftError `bad-input` where it comes to its end; `shape`
   */
  async *batches(): AsyncGenerator<AnyBatch, never> {
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

  private checked([x, y, sampleWeight]: AnyTensorBatch): AnyBatch {
    const { inputs, outputs } = this.ends;
    const xs = tensorsOf("x", inputs, x);
    const ys = tensorsOf("y", outputs, y);
    const [size = 0] = xs[0].shape;
    const samples = listed(this.sample);
    for (const [i, input] of xs.entries()) {
      const { shape, dtype } = samples[i];
      const [rows, ...row] = input.shape;
      if (size > 0 && rows === size && input.dtype === dtype && sameShape(row, shape)) continue;
      const expected = `batches of ${dtype} samples ${formatShape(shape)}, as the first one had`;
      throw shapeError("fit", expected, formatSpec(input));
    }
    for (const labels of ys) {
      if (labels.dtype === "float32" && labels.shape[0] === size) continue;
      const expected = `${size} float32 labels for x ${formatShape(xs[0].shape)}`;
      throw shapeError("fit", expected, formatSpec(labels));
    }
    const weights = sampleWeight && listed(sampleWeightTensors(outputs, sampleWeight, size));
    return {
      size,
      x: unlisted(xs.map((t) => t.dataSync())),
      y: unlisted(ys.map((t) => t.dataSync() as Float32Array)),
      sampleWeight: weights && unlisted(weights.map((t) => t.dataSync())),
    };
  }
}

function tensorsOf(option: "x" | "y", ends: Ends, given: PerEnd<Tensor>): Tensor[] {
  return inOrder(ends, { owner: "fit", option, expected: "a Tensor", isOne: isTensor }, given);
}
