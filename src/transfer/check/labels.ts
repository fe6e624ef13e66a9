/** Labels that the images themselves speak against: confident learning on features. */
import { throwIfAborted } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import { Dense } from "../../models/layers/core/dense.js";
import { Adam } from "../../models/optimizers/index.js";
import { mixSeed, mulberry32, permutation } from "../../models/random.js";
import { Sequential } from "../../models/sequential.js";
import { gather, indexOfLargest, tensor, Tensor } from "../../tensor.js";

/** Samples that a classifier can be trained on. */
export interface LabelledFeatures {
  /** (n, d), each column of mean 0 and variance 1. */
  readonly features: Tensor<"float32">;
  readonly labels: readonly number[];
  readonly classes: number;
  /** Samples with the same number are one image: they are in one fold. */
  readonly groups: readonly number[];
}

export interface CrossValidation {
  readonly device: Device;
  /** At least 2. */
  readonly folds: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Of the classifier, which has no hidden layer. */
const training = { epochs: 30, batchSize: 64, learningRate: 3e-3, decay: 3e-2 };

/**
 * The probability of each class for each sample (n, classes), by a classifier (multinomial logistic regression) that was
 * trained on the samples of the other folds.
 */
export async function outOfFoldProbabilities(
  { features, labels, classes, groups }: LabelledFeatures,
  { device, folds, seed, signal, onProgress }: CrossValidation,
): Promise<Tensor<"float32">> {
  const [n, d] = features.shape;
  const foldOf = foldsOf(labels, groups, classes, folds, seed);
  const probabilities = new Float32Array(n * classes);
  const rowsOf = (isWanted: (i: number) => boolean) => Uint32Array.from(labels.keys()).filter(isWanted);
  for (let fold = 0; fold < folds; fold++) {
    throwIfAborted(signal);
    onProgress?.(fold, folds);
    const [inside, outside] = [rowsOf((i) => foldOf[i] === fold), rowsOf((i) => foldOf[i] !== fold)];
    const part = (rows: Uint32Array) =>
      tensor(gather("float32", features.dataSync(), d, rows), [rows.length, d]);
    const l2 = { className: "L2", config: { l2: training.decay } } as const;
    const layer = new Dense({ units: classes, activation: "softmax", inputDim: d, kernelRegularizer: l2 });
    const model = new Sequential([layer], { device, seed: mixSeed(seed, fold) });
    const optimizer = new Adam({ learningRate: training.learningRate });
    model.compile({ optimizer, loss: "sparse_categorical_crossentropy" });
    const { epochs, batchSize } = training;
    const targets = tensor(
      Float32Array.from(outside, (i) => labels[i]),
      [outside.length, 1],
    );
    await model.fit(part(outside), targets, { epochs, batchSize, signal });
    const predicted = (await model.predict(part(inside), { signal })).dataSync();
    inside.forEach((row, i) => {
      probabilities.set(predicted.subarray(i * classes, (i + 1) * classes), row * classes);
    });
    await model.freePrograms();
    for (const { variable } of model.weights) variable.release();
  }
  onProgress?.(folds, folds);
  return new Tensor(probabilities, [n, classes], "float32");
}

/** The fold of each sample: those of a group in one, and of each class as many in every fold as can be. */
function foldsOf(
  labels: readonly number[],
  groups: readonly number[],
  classes: number,
  folds: number,
  seed: number,
): number[] {
  const firstOf = new Map<number, number>();
  groups.forEach((group, i) => firstOf.has(group) || firstOf.set(group, i));
  const foldOfGroup = new Map<number, number>();
  let next = 0;
  for (let label = 0; label < classes; label++) {
    const ofClass = [...firstOf].filter(([, first]) => labels[first] === label).map(([group]) => group);
    for (const i of permutation(ofClass.length, mulberry32(mixSeed(seed, label))))
      foldOfGroup.set(ofClass[i], next++ % folds);
  }
  return groups.map((group) => foldOfGroup.get(group)!);
}

export interface Doubt {
  /** Of the sample. */
  readonly index: number;
  readonly predicted: number;
}

/**
 * Samples whose label is likely wrong, after Northcutt, Jiang and Chuang 2021, "Confident Learning": another class is
 * predicted, with a probability of at least what samples with that label have for it on average. The surest first.
 * @param probabilities (n, classes) out of fold
 */
export function doubtfulLabels(probabilities: Tensor<"float32">, labels: readonly number[]): Doubt[] {
  const [, classes] = probabilities.shape;
  const values = probabilities.dataSync();
  const of = (i: number, c: number) => values[i * classes + c];
  const confidence = Array.from({ length: classes }, (_, c) => {
    const own = labels.flatMap((label, i) => (label === c ? [of(i, c)] : []));
    return own.length > 0 ? own.reduce((a, b) => a + b, 0) / own.length : Infinity;
  });
  const margin = ({ index, predicted }: Doubt) => of(index, predicted) - of(index, labels[index]);
  return labels
    .map((_, index) => ({
      index,
      predicted: indexOfLargest(values.subarray(index * classes, (index + 1) * classes)),
    }))
    .filter(({ index, predicted }) => {
      return predicted !== labels[index] && of(index, predicted) >= confidence[predicted];
    })
    .sort((a, b) => margin(b) - margin(a));
}
