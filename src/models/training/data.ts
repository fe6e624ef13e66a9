/** A user's data as sources of batches: the one place that knows its forms. */
import { WgraftError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { inOrder, isPerEnd, unlisted, type Ends, type PerEnd } from "../ends.js";
import { ArraySource, type BatchSource, type Preprocess } from "./batches.js";
import { GeneratorSource, isTensor, type ModelEnds, type TensorBatches } from "./generatorSource.js";
import { sampleWeightTensors, type SampleWeight } from "./sampleWeights.js";

/**
 * Samples or labels (n, …) in memory: a tensor; of a model with several inputs or outputs a list in their order, or an object
 * by their names.
 */
export type Tensors = PerEnd<Tensor>;

/** Tensors to validate on. */
export type ValidationTuple = readonly [x: Tensors, y: Tensors, sampleWeight?: PerEnd<SampleWeight>];

export function isTensors(value: unknown): value is Tensors {
  return isPerEnd(value, isTensor);
}

/** Whether an argument is meant as labels rather than options: an array always is, an object of tensors after tensors. */
export function isLabels(x: unknown, value: unknown): value is Tensors {
  return Array.isArray(value) || ArrayBuffer.isView(value) || (isTensors(x) && isTensors(value));
}

interface SourceOptions {
  readonly preprocess?: Preprocess;
  readonly sampleWeight?: PerEnd<SampleWeight>;
}

/**
 * Samples with their labels, in the order of a model's inputs and outputs.
 * @param owner begins messages
 * @throws WgraftError `usage` for more or fewer tensors than the model has inputs and outputs, `shape`
 */
export function sourceOf(
  owner: string,
  { inputs, outputs }: ModelEnds,
  x: Tensors | BatchSource,
  y?: Tensors,
  { preprocess, sampleWeight }: SourceOptions = {},
): BatchSource {
  const tensors = (option: string, ends: Ends, given: Tensors) =>
    inOrder(ends, { owner, option, expected: "a Tensor", isOne: isTensor }, given);
  const ys = y && tensors("y", outputs, y);
  if (isTensors(x)) {
    const xs = tensors("x", inputs, x);
    const weights = sampleWeight && sampleWeightTensors(outputs, sampleWeight, xs[0].shape[0] ?? 0);
    return new ArraySource(unlisted(xs), ys && unlisted(ys), preprocess, weights);
  }
  if (ys)
    throw new WgraftError("usage", `${owner}: y: labels go with tensors; batches bring their own`, {
      option: "y",
    });
  if (!sampleWeight) return x;
  throw new WgraftError(
    "usage",
    "sampleWeight goes with tensors; let the batches of a source carry their sampleWeight",
  );
}

export interface TrainingData {
  readonly x: Tensors | BatchSource | TensorBatches;
  readonly y?: Tensors;
  readonly sampleWeight?: PerEnd<SampleWeight>;
  readonly preprocess?: Preprocess;
  readonly validationData?: ValidationTuple | BatchSource;
  readonly validationSplit?: number;
}

/**
 * The samples to train on and those to validate on.
 * @throws WgraftError as `sourceOf`, and `usage` for a split of what is not tensors
 */
export async function trainingSources(
  ends: ModelEnds,
  { x, y, sampleWeight, preprocess, validationData, validationSplit }: TrainingData,
): Promise<{ training: BatchSource; validation?: BatchSource }> {
  const ofTensors = { owner: "fit", option: "y", expected: "a Tensor", isOne: isTensor };
  // Before a generator is asked for its first batch.
  if (y) inOrder(ends.outputs, ofTensors, y);
  const data = isGenerator(x) ? await GeneratorSource.open(x, ends, preprocess) : x;
  const source = sourceOf("fit", ends, data, y, { preprocess, sampleWeight });
  if (validationData) {
    const [xv, yv, weights] = isTuple(validationData) ? validationData : [validationData];
    const options = { preprocess, sampleWeight: weights };
    return { training: source, validation: sourceOf("validationData", ends, xv, yv, options) };
  }
  if (validationSplit === undefined) return { training: source };
  if (!(source instanceof ArraySource)) {
    throw new WgraftError(
      "usage",
      "fit: validationSplit: only tensors can be split, not a generator or a source of batches; pass validationData",
      { option: "validationSplit" },
    );
  }
  const [training, validation] = source.split(validationSplit);
  return { training, validation };
}

/** The flows of `ImageDataGenerator` are both, and better sources: their images are augmented on the GPU. */
function isGenerator(data: Tensors | BatchSource | TensorBatches): data is TensorBatches {
  return !isTensors(data) && !("batches" in data);
}

function isTuple(data: ValidationTuple | BatchSource): data is ValidationTuple {
  return Array.isArray(data);
}
