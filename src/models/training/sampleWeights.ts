/** How much each sample counts in the loss, after keras/src/trainers/data_adapters/data_adapter_utils.py. */
import { shapeError, WgraftError } from "../../errors.js";
import { formatShape, indexOfLargest, Tensor, type Shape } from "../../tensor.js";
import { inOrder, listed, unlisted, type Ends, type OneOrMore, type PerEnd } from "../ends.js";
import type { AnyBatch, BatchSource } from "./batches.js";

/** Class index → weight, ≥ 0, of the samples of that class. A class that is not named has weight 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/** Weights of samples (n), ≥ 0, in the order of the samples. */
export type SampleWeight = Tensor | ArrayLike<number>;

/** What `fit` and `trainOnBatch` take; as in Keras 3 not both at once. */
export interface WeightOptions {
  /** Default: every class counts alike. */
  classWeight?: ClassWeight | null;
  /**
   * For tensors; a source of batches has its own. Of several outputs: the same for all, or a list or object with weights for
   * each. Default: every sample counts alike.
   */
  sampleWeight?: PerEnd<SampleWeight> | null;
}

/** @throws WgraftError `usage` for a class that the model has not, and for a weight that is negative or not finite */
export function checkClassWeight(classWeight: ClassWeight, output: Shape): void {
  // One output is the probability of the second of two classes.
  const classes = Math.max(2, output[0]);
  for (const [key, weight] of Object.entries(classWeight)) {
    const isClass = /^\d+$/.test(key) && Number(key) < classes;
    if (!isClass) {
      throw new WgraftError(
        "usage",
        `classWeight: there is no class ${key}; the model's classes are 0 to ${classes - 1}`,
      );
    }
    checkWeight(weight, `classWeight of class ${key}`);
  }
}

/** The weights of `samples` samples as the source keeps them. @throws WgraftError `usage`, `shape` */
export function sampleWeightTensor(given: SampleWeight, samples: number): Tensor<"float32"> {
  const isTensor = given instanceof Tensor;
  const shape = isTensor ? given.shape : [given.length];
  const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!isColumn || shape[0] !== samples) {
    throw shapeError("sampleWeight", `${samples} weights, one for each sample`, formatShape(shape));
  }
  const values = Float32Array.from(isTensor ? given.dataSync() : given);
  values.forEach((weight, i) => checkWeight(weight, `sampleWeight of sample ${i}`));
  return new Tensor(values, [samples], "float32");
}

function checkWeight(weight: number, what: string): void {
  if (Number.isFinite(weight) && weight >= 0) return;
  throw new WgraftError("usage", `${what}: expected a finite number of at least 0, got ${weight}`);
}

/** Whether a value is a tensor or list of weights, rather than a list of such. */
export function isSampleWeight(value: unknown): value is SampleWeight {
  if (value instanceof Tensor || (ArrayBuffer.isView(value) && "length" in value)) return true;
  return Array.isArray(value) && (value.length === 0 || typeof value[0] === "number");
}

/**
 * The weights of `samples` samples: those of all outputs, or in a list for each.
 * @throws WgraftError `usage`, `shape`
 */
export function sampleWeightTensors(
  outputs: Ends,
  given: PerEnd<SampleWeight>,
  samples: number,
): OneOrMore<Tensor<"float32">> {
  if (isSampleWeight(given)) return sampleWeightTensor(given, samples);
  const what = { owner: "sampleWeight", option: "sampleWeight", expected: "weights", isOne: isSampleWeight };
  return unlisted(inOrder(outputs, what, given).map((weights) => sampleWeightTensor(weights, samples)));
}

/** @throws WgraftError `usage` for both at once, as Keras 3: which of them should win is anybody's guess */
export function checkOneKindOfWeight({
  classWeight,
  sampleWeight,
}: Readonly<Partial<Record<keyof WeightOptions, unknown>>>): void {
  if (classWeight !== undefined && sampleWeight !== undefined)
    throw new WgraftError("usage", "pass either classWeight or sampleWeight, not both");
}

/** The same samples, for a model of one output, each batch with the weights that its labels have. */
export function withClassWeight(source: BatchSource, classWeight: ClassWeight): BatchSource {
  const { sample, samples, defaults } = source;
  async function* batches(...pass: Parameters<BatchSource["batches"]>): AsyncGenerator<AnyBatch> {
    for await (const batch of source.batches(...pass)) {
      checkOneKindOfWeight({ classWeight, sampleWeight: batch.sampleWeight });
      const [labels] = batch.y ? listed(batch.y) : [];
      yield { ...batch, sampleWeight: labels && weightsOfLabels(labels, batch.size, classWeight) };
    }
  }
  return { sample, samples, defaults, batches };
}

/** Rows of several labels are of the class of the largest, the first of equals; single labels are class indices. */
export function weightsOfLabels(
  labels: Float32Array,
  samples: number,
  classWeight: ClassWeight,
): Float32Array {
  const width = labels.length / samples;
  return Float32Array.from({ length: samples }, (_, i) => {
    const row = labels.subarray(i * width, (i + 1) * width);
    return classWeight[width === 1 ? roundHalfToEven(row[0]) : indexOfLargest(row)] ?? 1;
  });
}

/** numpy.round, which Keras takes the class of a soft label by. */
function roundHalfToEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
