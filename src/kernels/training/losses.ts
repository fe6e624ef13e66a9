/** Losses of single samples, as keras.losses has them, and their gradients with respect to the predictions. */
import binarySource from "../../../wgsl/training/binary_crossentropy.wgsl";
import binaryGradSource from "../../../wgsl/training/binary_crossentropy_grad.wgsl";
import categoricalSource from "../../../wgsl/training/categorical_crossentropy.wgsl";
import categoricalGradSource from "../../../wgsl/training/categorical_crossentropy_grad.wgsl";
import categorical from "../../../wgsl/training/categorical.wgsl";
import kerasEpsilon from "../../../wgsl/training/keras_epsilon.wgsl";
import preciseLog from "../../../wgsl/training/precise_log.wgsl";
import log1p from "../../../wgsl/common/log1p.wgsl";
import sigmoidSource from "../../../wgsl/common/sigmoid.wgsl";
import { rowKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { elementPrelude, launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type Op } from "../op.js";
import { defineFigure, expectLabels } from "./perSample.js";

const binaryKernel = rowKernel("binary_crossentropy", kerasEpsilon + log1p + preciseLog + binarySource, [
  "read_write",
  "read",
  "read",
]);

const binaryGradKernel = rowKernel(
  "binary_crossentropy_grad",
  kerasEpsilon + sigmoidSource + binaryGradSource,
  ["read_write", "read", "read", "read"],
);

function defineBinaryCrossentropy(name: string, fromLogits: boolean): Op<NoAttrs> {
  return defineFigure({
    name,
    kernel: binaryKernel,
    labels: "each output",
    constants: () => ({ from_logits: Number(fromLogits) }),
    vjp: (g, dy, { inputs: [yTrue, yPred] }) => [
      undefined,
      () => g.apply(binaryCrossentropyGrad, [dy, yTrue, yPred], { fromLogits })[0],
    ],
  });
}

/**
 * Loss [n] of each sample: the mean over the last axis of -(y log p + (1 - y) log(1 - p)), yTrue and yPred [n, k].
 * As in Keras, p is clipped to [1e-7, 1 - 1e-7] first, in float32.
 */
export const binaryCrossentropy = defineBinaryCrossentropy("binary_crossentropy", false);

/** The same of logits z, p = sigmoid(z), without clipping: the mean of max(z, 0) - z y + log(1 + exp(-|z|)). */
export const binaryCrossentropyFromLogits = defineBinaryCrossentropy("binary_crossentropy_from_logits", true);

/** ∂loss/∂yPred [n, k], from dy [n], yTrue and yPred [n, k]. Zero where the clip acted, as in Keras on torch. */
export const binaryCrossentropyGrad = defineOp<{ fromLogits: boolean }>({
  name: "binary_crossentropy_grad",
  infer(inputs) {
    expectInputs("binary_crossentropy_grad", inputs, 3);
    const [dy, yTrue, yPred] = inputs;
    expectShape("binary_crossentropy_grad", "dy", dy, [yPred.shape[0]]);
    expectLabels("binary_crossentropy_grad", yTrue, yPred, "each output");
    return [yPred];
  },
  lower(ctx, [dy, yTrue, yPred], [dPred], { fromLogits }) {
    const [units, width] = yPred.shape;
    launchRows(ctx, {
      op: "binary_crossentropy_grad",
      kernel: binaryGradKernel,
      units,
      walked: [dPred!, dy, yTrue, yPred],
      prelude: elementPrelude("f32"),
      constants: { width, from_logits: Number(fromLogits) },
    });
  },
});

const categoricalKernel = rowKernel(
  "categorical_crossentropy",
  kerasEpsilon + log1p + preciseLog + categorical + categoricalSource,
  ["read_write", "read", "read"],
);

const categoricalGradKernel = rowKernel(
  "categorical_crossentropy_grad",
  kerasEpsilon + categorical + categoricalGradSource,
  ["read_write", "read", "read", "read"],
);

interface CategoricalAttrs {
  readonly fromLogits: boolean;
  /** Targets are class indices [n, 1] instead of one-hot rows [n, k]. */
  readonly sparse: boolean;
}

const labelsOf = ({ sparse }: CategoricalAttrs) => (sparse ? "index" : "one-hot");

function categoricalConstants({ fromLogits, sparse }: CategoricalAttrs) {
  return { from_logits: Number(fromLogits), sparse: Number(sparse) };
}

function defineCategoricalCrossentropy(name: string, kind: CategoricalAttrs): Op<NoAttrs> {
  return defineFigure({
    name,
    kernel: categoricalKernel,
    labels: labelsOf(kind),
    constants: () => categoricalConstants(kind),
    vjp: (g, dy, { inputs: [yTrue, yPred] }) => [
      undefined,
      () => g.apply(categoricalCrossentropyGrad, [dy, yTrue, yPred], kind)[0],
    ],
  });
}

/**
 * Loss [n] of each sample: -Σ y log p over the classes, yTrue (one-hot) and yPred [n, k]. As in Keras, yPred is divided by its
 * sum and then clipped to [1e-7, 1 - 1e-7].
 */
export const categoricalCrossentropy = defineCategoricalCrossentropy("categorical_crossentropy", {
  fromLogits: false,
  sparse: false,
});

/** The same of logits, p = softmax(yPred), without clipping. */
export const categoricalCrossentropyFromLogits = defineCategoricalCrossentropy(
  "categorical_crossentropy_from_logits",
  { fromLogits: true, sparse: false },
);

/** `categoricalCrossentropy` with targets that are class indices: yTrue float32 [n, 1]. */
export const sparseCategoricalCrossentropy = defineCategoricalCrossentropy(
  "sparse_categorical_crossentropy",
  {
    fromLogits: false,
    sparse: true,
  },
);

/** `categoricalCrossentropyFromLogits` with targets that are class indices: yTrue float32 [n, 1]. */
export const sparseCategoricalCrossentropyFromLogits = defineCategoricalCrossentropy(
  "sparse_categorical_crossentropy_from_logits",
  { fromLogits: true, sparse: true },
);

/** ∂loss/∂yPred [n, k], from dy [n], yTrue and yPred. Zero where the clip acted, as in Keras on torch. */
export const categoricalCrossentropyGrad = defineOp<CategoricalAttrs>({
  name: "categorical_crossentropy_grad",
  infer(inputs, attrs) {
    expectInputs("categorical_crossentropy_grad", inputs, 3);
    const [dy, yTrue, yPred] = inputs;
    expectLabels("categorical_crossentropy_grad", yTrue, yPred, labelsOf(attrs));
    expectShape("categorical_crossentropy_grad", "dy", dy, [yPred.shape[0]]);
    return [yPred];
  },
  lower(ctx, [dy, yTrue, yPred], [dPred], attrs) {
    const [units, width] = yPred.shape;
    launchRows(ctx, {
      op: "categorical_crossentropy_grad",
      kernel: categoricalGradKernel,
      units,
      walked: [dPred!, dy, yTrue, yPred],
      constants: { width, ...categoricalConstants(attrs) },
    });
  },
});
