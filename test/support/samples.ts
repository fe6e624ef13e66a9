/** Good options of every class that has a field table: a new class gets an entry here, and is tried wherever all are. */
import type { FieldTable } from "../../src/options/fields.js";

/** Options of a layer of each class, none at its default. */
export const layerSamples: Readonly<Record<string, object>> = {
  Add: {},
  Activation: { activation: "relu6" },
  Average: {},
  AveragePooling2D: { poolSize: [3, 2], strides: 1, padding: "same" },
  BatchNormalization: { axis: 3, momentum: 0.5, epsilon: 0.1, center: false, scale: false },
  Concatenate: { axis: 2 },
  Conv1D: {
    filters: 4,
    kernelSize: 3,
    strides: 2,
    padding: "causal",
    dilationRate: 2,
    groups: 2,
    activation: { className: "LeakyReLU", config: { negativeSlope: 0.1 } },
  },
  Conv2D: {
    filters: 3,
    kernelSize: [3, 5],
    strides: 2,
    padding: "same",
    dilationRate: [1, 2],
    groups: 3,
    activation: "sigmoid",
    useBias: false,
    kernelRegularizer: { className: "L2", config: { l2: 0.25 } },
    biasRegularizer: "l1",
    activityRegularizer: { className: "L1L2", config: { l1: 0.5, l2: 0.125 } },
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
  DepthwiseConv1D: { kernelSize: 3, strides: 2, padding: "same", dilationRate: 2, depthMultiplier: 2 },
  DepthwiseConv2D: {
    kernelSize: [2, 3],
    strides: [2, 2],
    padding: "same",
    depthMultiplier: 2,
    activation: "relu",
    useBias: false,
  },
  Dropout: { rate: 0.25 },
  ELU: { alpha: 0.5 },
  Flatten: {},
  GlobalAveragePooling2D: { keepdims: true },
  GlobalMaxPooling2D: { keepdims: true },
  LeakyReLU: { negativeSlope: 0.125 },
  MaxPooling2D: { poolSize: [3, 2], strides: 1, padding: "same" },
  Maximum: {},
  Minimum: {},
  Multiply: {},
  PReLU: { sharedAxes: [1, 2], alphaInitializer: "Ones", alphaRegularizer: "l2" },
  RandomFlip: { mode: "vertical" },
  ReLU: { maxValue: 6, negativeSlope: 0.5, threshold: 0.25 },
  Rescaling: { scale: [0.5, 1, 2], offset: -1 },
  Reshape: { targetShape: [2, -1] },
  SeparableConv1D: { filters: 5, kernelSize: 3, dilationRate: 2, pointwiseInitializer: "HeNormal" },
  SeparableConv2D: { filters: 5, kernelSize: 3, depthMultiplier: 3, activation: "relu" },
  Softmax: { axis: [1, 2] },
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
