/** Where the samples of a fit, an evaluation or a prediction come from. */
import { shapeError, WgraftError } from "../../errors.js";
import type { PreprocessMode } from "../../kernels/image/preprocessModes.js";
import type { WarpAffineAttrs } from "../../kernels/image/warpAffine.js";
import {
  formatShape,
  gather,
  sizeOf,
  type HostType,
  type Shape,
  type Tensor,
  type TensorData,
} from "../../tensor.js";
import { listed, type OneOrMore } from "../ends.js";
import { mixSeed, mulberry32, permutation } from "../random.js";

/** Some samples, in one piece. Valid until the next one is asked for. */
interface BatchOf<X, Y> {
  readonly size: number;
  readonly x: X;
  /** Labels; absent where none are known. */
  readonly y?: Y;
  /** How much each sample counts in the loss (n), of every output or of each; absent where all count alike. */
  readonly sampleWeight?: Y;
  /** Places of the samples among all of the source; absent if none are skipped: then their order is their place. */
  readonly indices?: readonly number[];
  /** In training, where the samples are augmented: (n, 8), see `warpAffine`. */
  readonly transforms?: Float32Array;
}

/** Samples for a model of one input and one output. */
export type Batch = BatchOf<TensorData, Float32Array>;

/** Samples for any model: a list has one for each input or output, in the model's order. */
export type AnyBatch = BatchOf<OneOrMore<TensorData>, OneOrMore<Float32Array>>;

/** How images are preprocessed, on the GPU: see `imageToFloat`. */
export type Preprocess = PreprocessMode;

/** How images are augmented, on the GPU and in training only. */
export type Augmentation = Omit<WarpAffineAttrs, "mode" | "scale">;

/** What one sample is. */
export interface SampleSpec {
  readonly shape: Shape;
  /** uint8 samples are images: they are converted on the GPU. */
  readonly dtype: HostType;
  /** For uint8 samples. Default "none": 0…255. */
  readonly preprocess?: Preprocess;
  /** Factor of preprocess "rescale". Default 1/255. */
  readonly scale?: number;
  /** For uint8 samples that come with `transforms` in training. */
  readonly augment?: Augmentation;
}

/** Which pass of a training this is. */
export interface Pass {
  readonly epoch: number;
  /** 0, and 1, 2, … where an epoch has more steps than the samples give. */
  readonly repeat: number;
}

export interface BatchSource {
  /** What a sample is; of a model with several inputs, for each. */
  readonly sample: OneOrMore<SampleSpec>;
  /** Infinity where there is no end of them: for training, by `stepsPerEpoch`. */
  readonly samples: number;
  /** Where the options of `fit`, `evaluate` and `predict` say nothing else. `seed` is that of the order. */
  readonly defaults?: { readonly batchSize?: number; readonly shuffle?: boolean; readonly seed?: number };
  /**
   * Whether passes without `pass` give the same samples and labels each time: a fit then computes what frozen layers make
   * of validation samples only once. Default false.
   */
  readonly repeatable?: boolean;
  /**
   * One pass over the samples, in batches of at most `batchSize`; the last may be shorter.
   * @param order which samples, in which order; default: all, as they stand
   * @param pass given in training only, where samples may be augmented, differently in each pass
   */
  batches(
    batchSize: number,
    order?: Uint32Array,
    signal?: AbortSignal,
    pass?: Pass,
  ): AsyncIterable<AnyBatch> | Iterable<AnyBatch>;
}

/** Samples in a batch: as asked for, else as the source has it, else Keras's 32; never more than there are. */
export function batchSizeFor(source: BatchSource, asked: number | undefined): number {
  return Math.max(1, Math.min(asked ?? source.defaults?.batchSize ?? 32, source.samples));
}

/** Batches of an epoch; undefined where only the source knows. */
export function stepsOfEpoch(
  source: BatchSource,
  { batchSize, stepsPerEpoch }: { readonly batchSize?: number; readonly stepsPerEpoch?: number },
): number | undefined {
  if (stepsPerEpoch !== undefined || source.samples === Infinity) return stepsPerEpoch;
  return Math.ceil(source.samples / batchSizeFor(source, batchSize));
}

/** The order of the samples in a shuffled pass; it depends on nothing else. */
export function shuffledOrder(samples: number, seed: number, { epoch, repeat }: Pass): Uint32Array {
  return permutation(samples, mulberry32(mixSeed(seed, epoch, repeat)));
}

/** Samples held in memory. */
export class ArraySource implements BatchSource {
  readonly sample: OneOrMore<SampleSpec>;
  readonly samples: number;
  readonly repeatable = true;

  /**
   * Of a model with several inputs or outputs, `x`, `y` and `sampleWeight` are lists, in the model's order.
   * @param x (n, …)
   * @param y labels (n, …), as many rows as `x`
   * @param sampleWeight how much each sample counts in the loss (n); default: all alike
   * @throws WgraftError `shape` when the numbers of rows differ
   */
  constructor(
    private readonly x: OneOrMore<Tensor>,
    private readonly y?: OneOrMore<Tensor>,
    private readonly preprocess: Preprocess = "none",
    private readonly sampleWeight?: OneOrMore<Tensor<"float32">>,
  ) {
    const [first, ...more] = listed(x);
    this.samples = first.shape[0] ?? 0;
    const specOf = ({ shape: [, ...shape], dtype }: Tensor) => ({ shape, dtype, preprocess });
    this.sample = Array.isArray(x) ? listed(x).map(specOf) : specOf(first);
    this.checkRows("samples", "x", more);
    this.checkRows("labels", "y", y ? listed(y) : []);
  }

  private checkRows(what: string, name: string, tensors: readonly Tensor[]): void {
    const { samples } = this;
    const wrong = tensors.find(({ shape }) => shape[0] !== samples);
    if (!wrong) return;
    const first = formatShape(listed(this.x)[0].shape);
    throw shapeError("data", `${samples} ${what} for x ${first}`, `${name} ${formatShape(wrong.shape)}`);
  }

  /**
   * The first samples and the rest, as Keras splits for its `validation_split`.
   * @param share of the rest
   * @throws WgraftError `usage` where one of the two would be empty
   */
  split(share: number): [first: ArraySource, rest: ArraySource] {
    const at = Math.floor(this.samples * (1 - share));
    if (at === 0 || at === this.samples) {
      throw new WgraftError(
        "usage",
        `fit: validationSplit: ${share} of ${this.samples} samples leaves none to ${at === 0 ? "train" : "validate"} on; pass another share, or validationData`,
      );
    }
    const part = (start: number, end: number) => {
      const rows = <T extends Tensor>(t: OneOrMore<T>) => each(t, (one) => one.slice(start, end) as T);
      const { x, y, preprocess, sampleWeight } = this;
      return new ArraySource(rows(x), y && rows(y), preprocess, sampleWeight && rows(sampleWeight));
    };
    return [part(0, at), part(at, this.samples)];
  }

  *batches(batchSize: number, order?: Uint32Array): Iterable<AnyBatch> {
    const total = order?.length ?? this.samples;
    for (let start = 0; start < total; start += batchSize) {
      const end = Math.min(total, start + batchSize);
      const rows = order?.subarray(start, end);
      const taken = (t: Tensor) => take(t, start, end, rows);
      const floats = (t: Tensor) => taken(t) as Float32Array;
      yield {
        size: end - start,
        x: each(this.x, taken),
        y: this.y && each(this.y, floats),
        sampleWeight: this.sampleWeight && each(this.sampleWeight, floats),
      };
    }
  }
}

/** The same for one as for each of a list. */
function each<T, R>(value: OneOrMore<T>, map: (one: T) => R): OneOrMore<R> {
  return Array.isArray(value) ? (value as readonly T[]).map(map) : map(value as T);
}

/** Rows of a tensor: a view where they stand together, a copy where an order scatters them. */
function take(t: Tensor, start: number, end: number, rows: Uint32Array | undefined): TensorData {
  const values = t.dataSync();
  const row = sizeOf(t.shape.slice(1));
  if (!rows) return values.subarray(start * row, end * row);
  return gather(t.dtype, values, row, rows);
}
