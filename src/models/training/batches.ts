/** Where the samples of a fit, an evaluation or a prediction come from. */
import { shapeError } from "../../errors.js";
import type { PreprocessMode } from "../../kernels/imageToFloat.js";
import {
  allocate,
  formatShape,
  sizeOf,
  type DType,
  type Shape,
  type Tensor,
  type TensorData,
} from "../../tensor.js";

/** Some samples, in one piece. Valid until the next one is asked for. */
export interface Batch {
  readonly size: number;
  readonly x: TensorData;
  /** Labels; absent where none are known. */
  readonly y?: Float32Array;
}

/** How pictures become numbers, on the GPU: see `imageToFloat`. */
export type Preprocess = PreprocessMode;

/** What one sample is. */
export interface SampleSpec {
  readonly shape: Shape;
  /** uint8 samples are pictures: they are converted on the GPU. */
  readonly dtype: DType;
  /** For uint8 samples. Default "none": 0…255. */
  readonly preprocess?: Preprocess;
}

export interface BatchSource {
  readonly sample: SampleSpec;
  readonly samples: number;
  /**
   * One pass over the samples, in batches of at most `batchSize`; the last may be shorter.
   * @param order which samples, in which order; default: all, as they stand
   */
  batches(
    batchSize: number,
    order?: Uint32Array,
    signal?: AbortSignal,
  ): AsyncIterable<Batch> | Iterable<Batch>;
}

/** Samples held in memory. */
export class ArraySource implements BatchSource {
  readonly sample: SampleSpec;
  readonly samples: number;

  /**
   * @param x (n, …)
   * @param y labels (n, …), as many rows as `x`
   * @throws WgraftError `shape` when the numbers of rows differ
   */
  constructor(
    private readonly x: Tensor,
    private readonly y?: Tensor,
    preprocess: Preprocess = "none",
  ) {
    const [n = 0, ...shape] = x.shape;
    this.samples = n;
    this.sample = { shape, dtype: x.dtype, preprocess };
    if (y && y.shape[0] !== n) {
      throw shapeError("data", `${n} labels for x ${formatShape(x.shape)}`, `y ${formatShape(y.shape)}`);
    }
  }

  *batches(batchSize: number, order?: Uint32Array): Iterable<Batch> {
    const total = order?.length ?? this.samples;
    for (let start = 0; start < total; start += batchSize) {
      const end = Math.min(total, start + batchSize);
      const rows = order?.subarray(start, end);
      const y = this.y && (take(this.y, start, end, rows) as Float32Array);
      yield { size: end - start, x: take(this.x, start, end, rows), y };
    }
  }
}

/** Rows of a tensor: a view where they stand together, a copy where an order scatters them. */
function take(t: Tensor, start: number, end: number, rows: Uint32Array | undefined): TensorData {
  const values = t.dataSync();
  const row = sizeOf(t.shape.slice(1));
  if (!rows) return values.subarray(start * row, end * row);
  const out = allocate(t.dtype, rows.length * row);
  rows.forEach((r, i) => out.set(values.subarray(r * row, (r + 1) * row), i * row));
  return out;
}
