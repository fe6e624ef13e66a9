/** How good a classifier is on labelled samples. */
import { shapeError, WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { concatenate, formatShape, indexOfLargest, tensor, Tensor } from "../../tensor.js";
import type { Model } from "../model.js";
import { meaningOfOutput, type OutputMeaning } from "../outputs.js";
import { ArraySource, type Preprocess } from "../training/batches.js";
import { checkOutputsFinite } from "../training/nonFinite.js";

/** What people know a sample by. */
export type SampleFile = Pick<ImageFile, "relative">;

/** Some samples with what is known of them, in the form that the model takes. */
export interface LabelledSamples<F extends SampleFile = SampleFile> {
  /** (n, …): float32 features, or uint8 images. */
  readonly x: Tensor;
  /** Class indices (n). */
  readonly labels: Float32Array;
  /** Where the samples come from (n). */
  readonly files: readonly F[];
}

export interface Score {
  readonly samples: number;
  readonly loss: number;
  readonly accuracy: number;
  /** `confusion[i][j]`: samples of class i that were predicted as class j. */
  readonly confusion: readonly (readonly number[])[];
  /** Misclassified samples, the most confident mistake first. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly file: string;
  /** Index of the class that it is. */
  readonly label: number;
  /** Index of the predicted class. */
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
}

export interface ScoreOptions<F extends SampleFile = SampleFile> {
  /** What the model's outputs are. Default: `meaningOfOutput`. */
  meaning?: OutputMeaning;
  /** For images. Default "none". */
  preprocess?: Preprocess;
  /** Default 32. */
  batchSize?: number;
  signal?: AbortSignal;
  /** Called after each part. */
  onProgress?(samples: number): void;
  /** Gets each sample: its label, and what the model makes of it. */
  onSample?(label: number, classification: Classification, file: F): void;
}

/**
 * Scores a compiled model on samples that come in parts, so that not all have to be held at once.
 * @throws WgraftError `shape` when a label has no output, `bad-input` for outputs or a loss that are not finite
 */
export async function score<F extends SampleFile>(
  model: Model,
  parts: AsyncIterable<LabelledSamples<F>>,
  classes: number,
  options: ScoreOptions<F> = {},
): Promise<Score> {
  const { preprocess, batchSize, signal, meaning = meaningOfOutput(model) } = options;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  let [samples, lossSum, correctSum] = [0, 0, 0];
  for await (const { x, labels, files } of parts) {
    const y = new Tensor(labels, [labels.length, 1], "float32");
    const predictions: Float32Array[] = [];
    const onPredictions = (values: Float32Array) => predictions.push(values);
    const logs = await model.evaluate(new ArraySource(x, y, preprocess), {
      batchSize,
      signal,
      onPredictions,
    });
    const outputs = tensor(concatenate("float32", predictions), [labels.length, ...model.outputShape]);
    const part = { x: x.dataSync(), outputs: outputs.dataSync(), size: labels.length };
    const sample = { shape: x.shape.slice(1), dtype: x.dtype, preprocess };
    await checkOutputsFinite(await model.ready(), sample, part, (i) => files[i].relative);
    if (!Number.isFinite(logs.loss))
      throw new WgraftError("bad-input", `the loss is ${logs.loss}, though all outputs are finite`);
    classify(outputs, classes, meaning).forEach((classification, i) => {
      const { predicted, probability } = classification;
      const label = labels[i];
      options.onSample?.(label, classification, files[i]);
      confusion[label][predicted] += 1;
      if (label !== predicted) mistakes.push({ file: files[i].relative, label, predicted, probability });
    });
    samples += labels.length;
    lossSum += logs.loss * labels.length;
    correctSum += logs.acc * labels.length;
    options.onProgress?.(samples);
  }
  mistakes.sort((a, b) => b.probability - a.probability);
  return { samples, loss: lossSum / samples, accuracy: correctSum / samples, confusion, mistakes };
}

export interface Classification {
  /** Index of the class with the highest probability. */
  readonly predicted: number;
  /** Its probability. */
  readonly probability: number;
  /** Of every class. */
  readonly probabilities: readonly number[];
}

/**
 * Reads a model's outputs: (n, 1) is the probability of class 1 of two, which is taken where it is above ½ (strictly, as
 * Keras's accuracy does); (n, classes) are the probabilities of each. Logits are made probabilities first.
 * @throws WgraftError `bad-input` for values: what they mean is not recorded
 */
export function classify(
  outputs: Tensor<"float32">,
  classes: number,
  meaning: OutputMeaning,
): Classification[] {
  if (meaning === "values") throw new WgraftError("bad-input", `the model's outputs ${noClasses}`);
  const [n = 0, units = 0] = outputs.shape;
  const isBinary = units === 1 && classes === 2;
  if (outputs.shape.length !== 2 || (!isBinary && units !== classes)) {
    throw shapeError("classify", `outputs (n, ${classes})`, formatShape(outputs.shape));
  }
  const values = outputs.dataSync();
  return Array.from({ length: n }, (_, i) => {
    const sample = probabilitiesOf(values.subarray(i * units, (i + 1) * units), meaning);
    const probabilities = isBinary ? [1 - sample[0], sample[0]] : Array.from(sample);
    const predicted = isBinary ? Number(sample[0] > 0.5) : indexOfLargest(probabilities);
    return { predicted, probability: probabilities[predicted], probabilities };
  });
}

/** Why values are not classified, and what would help. */
export const noClasses =
  "are values, not probabilities: it ends in neither sigmoid nor softmax, and no loss is recorded; save it compiled, or with that activation";

/**
 * The outputs of one sample as probabilities. What a loss reads as one without an activation's limits is cut off as the
 * loss does it.
 */
function probabilitiesOf(outputs: Float32Array, meaning: OutputMeaning): Float32Array {
  if (meaning === "probabilities") return outputs.map((p) => Math.min(1, Math.max(0, p)));
  if (outputs.length === 1) return outputs.map((logit) => 1 / (1 + Math.exp(-logit)));
  const largest = outputs[indexOfLargest(outputs)];
  const powers = Float64Array.from(outputs, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/** Joins parts until there are at least `wanted` samples: large enough for the GPU, small enough for memory. */
export async function* joined<F extends SampleFile>(
  parts: AsyncIterable<LabelledSamples<F>>,
  wanted: number,
): AsyncGenerator<LabelledSamples<F>> {
  let waiting: LabelledSamples<F>[] = [];
  let count = 0;
  for await (const part of parts) {
    waiting.push(part);
    count += part.labels.length;
    if (count < wanted) continue;
    yield join(waiting, count);
    [waiting, count] = [[], 0];
  }
  if (count > 0) yield join(waiting, count);
}

function join<F extends SampleFile>(parts: readonly LabelledSamples<F>[], count: number): LabelledSamples<F> {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  const x = concatenate(
    first.x.dtype,
    parts.map((part) => part.x.dataSync()),
  );
  const labels = concatenate(
    "float32",
    parts.map((part) => part.labels),
  );
  const shape = [count, ...first.x.shape.slice(1)];
  return { x: new Tensor(x, shape, first.x.dtype), labels, files: parts.flatMap((part) => part.files) };
}
