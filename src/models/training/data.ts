/** A user's data as sources of batches. */
import { WgraftError } from "../../errors.js";
import { Tensor } from "../../tensor.js";
import { ArraySource, type BatchSource, type Preprocess } from "./batches.js";
import type { TensorBatches } from "./generatorSource.js";
import type { ValidationTuple } from "./options.js";
import { sampleWeightTensor, type SampleWeight } from "./sampleWeights.js";

/** The flows of `ImageDataGenerator` are both, and better sources: their images are augmented on the GPU. */
export function isGenerator(data: Tensor | BatchSource | TensorBatches): data is TensorBatches {
  return !(data instanceof Tensor) && !("batches" in data);
}

export function sourceOf(
  x: Tensor | BatchSource,
  y?: Tensor,
  preprocess?: Preprocess,
  sampleWeight?: SampleWeight,
): BatchSource {
  if (x instanceof Tensor) {
    const weights = sampleWeight && sampleWeightTensor(sampleWeight, x.shape[0] ?? 0);
    return new ArraySource(x, y, preprocess, weights);
  }
  if (!sampleWeight) return x;
  throw new WgraftError(
    "usage",
    "sampleWeight goes with tensors; let the batches of a source carry their sampleWeight",
  );
}

interface ValidationOptions {
  readonly validationData?: ValidationTuple | BatchSource;
  readonly validationSplit?: number;
  readonly preprocess?: Preprocess;
}

/**
 * The samples to train on and those to validate on.
 * @throws WgraftError `usage` for a split of what is not tensors
 */
export function withValidation(
  source: BatchSource,
  { validationData: given, validationSplit: share, preprocess }: ValidationOptions,
): { training: BatchSource; validation?: BatchSource } {
  if (given) {
    const validation = isTuple(given) ? sourceOf(given[0], given[1], preprocess, given[2]) : given;
    return { training: source, validation };
  }
  if (share === undefined) return { training: source };
  if (!(source instanceof ArraySource)) {
    throw new WgraftError(
      "usage",
      "fit: validationSplit: only tensors can be split, not a generator or a source of batches; pass validationData",
      { option: "validationSplit" },
    );
  }
  const [training, validation] = source.split(share);
  return { training, validation };
}

function isTuple(data: ValidationTuple | BatchSource): data is ValidationTuple {
  return Array.isArray(data);
}
