import { rowKernel } from "../common/elementKernel.js";
import binarySource from "../../../wgsl/training/binary_accuracy.wgsl";
import categoricalSource from "../../../wgsl/training/categorical_accuracy.wgsl";
import type { NoAttrs } from "../common/noAttrs.js";
import type { Op } from "../op.js";
import { defineFigure } from "./perSample.js";

const binaryKernel = rowKernel("binary_accuracy", binarySource, ["read_write", "read", "read"]);

const categoricalKernel = rowKernel("categorical_accuracy", categoricalSource, [
  "read_write",
  "read",
  "read",
]);

/** Accuracy [n] of each sample: the share of its k outputs where yTrue = (yPred > threshold), strictly; both [n, k]. */
export const binaryAccuracy = defineFigure<{ threshold: number }>({
  name: "binary_accuracy",
  kernel: binaryKernel,
  labels: "each output",
  constants: ({ threshold }) => ({ threshold }),
});

function defineCategoricalAccuracy(name: string, sparse: boolean): Op<NoAttrs> {
  return defineFigure({
    name,
    kernel: categoricalKernel,
    labels: sparse ? "index" : "one-hot",
    constants: () => ({ sparse: Number(sparse) }),
  });
}

/** 1 where the largest of yPred [n, k] and the largest of yTrue [n, k] are the same class, else 0: [n]. First on ties. */
export const categoricalAccuracy = defineCategoricalAccuracy("categorical_accuracy", false);

/** 1 where the largest of yPred [n, k] is class yTrue, float32 [n, 1], else 0: [n]. First on ties. */
export const sparseCategoricalAccuracy = defineCategoricalAccuracy("sparse_categorical_accuracy", true);
