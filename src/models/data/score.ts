/** How good a classifier is on labelled samples. */
import { shapeError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { concatenate, formatShape, tensor, Tensor } from "../../tensor.js";
import type { Model } from "../model.js";
import { ArraySource, type Preprocess } from "../training/batches.js";

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
  /** `confusion[i][j]`: samples of class i that were taken for class j. */
  readonly confusion: readonly (readonly number[])[];
  /** Those that were taken for another class, the surest mistake first. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly file: string;
  /** Index of the class that it is. */
  readonly label: number;
  /** Index of the class that it was taken for. */
  readonly predicted: number;
  /** Of the class that it was taken for. */
  readonly probability: number;
}

export interface ScoreOptions {
  /** For images. Default "none". */
  preprocess?: Preprocess;
  /** Default 32. */
  batchSize?: number;
  signal?: AbortSignal;
  /** Called after each part. */
  onProgress?(samples: number): void;
}

/**
 * Scores a compiled model on samples that come in parts, so that not all have to be held at once.
 * @throws WgraftError `shape` when a label has no output
 */
export async function score(
  model: Model,
  parts: AsyncIterable<LabelledSamples>,
  classes: number,
  options: ScoreOptions = {},
): Promise<Score> {
  const { preprocess, batchSize, signal } = options;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  let [samples, lossSum, correctSum] = [0, 0, 0];
  for await (const { x, labels, files } of parts) {
    const y = new Tensor(labels, [labels.length, 1], "float32");
    const predictions: number[] = [];
    const onPredictions = (values: Float32Array) => predictions.push(...values);
    const source = new ArraySource(x, y, preprocess);
    const logs = await model.evaluate(source, { batchSize, signal, onPredictions });
    const outputs = tensor(predictions, [labels.length, ...model.outputShape]);
    classify(outputs, classes).forEach(({ predicted, probability }, i) => {
      const label = labels[i];
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
 * Keras's accuracy does); (n, classes) are the probabilities of each.
 */
export function classify(outputs: Tensor<"float32">, classes: number): Classification[] {
  const [n = 0, units = 0] = outputs.shape;
  const isBinary = units === 1 && classes === 2;
  if (outputs.shape.length !== 2 || (!isBinary && units !== classes)) {
    throw shapeError("classify", `outputs (n, ${classes})`, formatShape(outputs.shape));
  }
  const values = outputs.dataSync();
  return Array.from({ length: n }, (_, i) => {
    const sample = values.subarray(i * units, (i + 1) * units);
    const probabilities = isBinary ? [1 - sample[0], sample[0]] : Array.from(sample);
    const predicted = isBinary ? Number(sample[0] > 0.5) : probabilities.indexOf(Math.max(...probabilities));
    return { predicted, probability: probabilities[predicted], probabilities };
  });
}

/** Joins parts until they hold at least `wanted` samples: large enough for the GPU, small enough for memory. */
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
