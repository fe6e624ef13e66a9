/** Good options of every class that has a field table: a new class gets an entry here, and is tried wherever all are. */
import type { FieldTable } from "../../src/options/fields.js";

/** Options of a layer of each class, none at its default. */
export const layerSamples: Readonly<Record<string, object>> = {
  Add: {},
  Activation: { activation: "relu6" },
  Average: {},
  AveragePooling2D: { poolSize: [3, 2], strides: 1, padding: "same" },
  BatchNormalization: { axis: 3, momentum: 0.5, epsilon: 0.1, center: false, scale: false },
  Conv2D: {
    filters: 3,
    kernelSize: [3, 5],
    strides: 2,
    padding: "same",
    activation: "sigmoid",
    useBias: false,
    kernelInitializer: { className: "RandomNormal", config: { mean: 1, stddev: 2 } },
    biasInitializer: "Ones",
  },
  Cropping2D: {
    cropping: [
      [1, 2],
      [3, 4],
    ],
  },
  Dense: {
    units: 4,
    activation: "softmax",
    useBias: false,
    kernelInitializer: "HeNormal",
    biasInitializer: { className: "RandomUniform", config: { minval: -1, maxval: 1 } },
  },
  DepthwiseConv2D: {
    kernelSize: [2, 3],
    strides: [2, 2],
    padding: "same",
    depthMultiplier: 2,
    activation: "relu",
    useBias: false,
  },
  Dropout: { rate: 0.25 },
  Flatten: {},
  GlobalAveragePooling2D: { keepdims: true },
  GlobalMaxPooling2D: { keepdims: true },
  MaxPooling2D: { poolSize: [3, 2], strides: 1, padding: "same" },
  Maximum: {},
  Minimum: {},
  Multiply: {},
  ReLU: { maxValue: 6 },
  Reshape: { targetShape: [2, -1] },
  SeparableConv2D: { filters: 5, kernelSize: 3, depthMultiplier: 3, activation: "relu" },
  Subtract: {},
  ZeroPadding2D: {
    padding: [
      [1, 2],
      [3, 4],
    ],
  },
};

const decay = { initialLearningRate: 0.5, decaySteps: 4, decayRate: 0.25, staircase: true };

/** Options of a schedule of each class, none at its default. */
export const scheduleSamples: Readonly<Record<string, object>> = {
  CosineDecay: { initialLearningRate: 0.5, decaySteps: 4, alpha: 0.5, warmupTarget: 1, warmupSteps: 2 },
  ExponentialDecay: decay,
  InverseTimeDecay: decay,
  PiecewiseConstantDecay: { boundaries: [1, 2], values: [3, 2, 1] },
  PolynomialDecay: { initialLearningRate: 0.5, decaySteps: 4, endLearningRate: 0.1, power: 2, cycle: true },
};

/** Those of some options that a class must be given. */
export function requiredOf({ fields }: FieldTable, sample: object): object {
  return Object.fromEntries(Object.entries(sample).filter(([option]) => fields[option].isRequired));
}
