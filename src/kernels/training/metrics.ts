import binarySource from "../../../wgsl/training/binary_accuracy.wgsl";
import categoricalSource from "../../../wgsl/training/categorical_accuracy.wgsl";
import rowReduce from "../../../wgsl/common/row_reduce.wgsl";
import { expectInputs, expectRank, expectShape } from "../common/expect.js";
import { launchRows } from "../common/launchUnits.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, float32, type Kernel, type Op } from "../op.js";

const binaryKernel: Kernel = {
  name: "binary_accuracy",
  source: rowReduce + binarySource,
  access: ["read_write", "read", "read"],
};

const categoricalKernel: Kernel = {
  name: "categorical_accuracy",
  source: rowReduce + categoricalSource,
  access: ["read_write", "read", "read"],
};

/** Accuracy [n] of each sample: the share of its k outputs where yTrue = (yPred > threshold), strictly; both [n, k]. */
export const binaryAccuracy = defineOp<{ threshold: number }>({
  name: "binary_accuracy",
  infer(inputs) {
    expectInputs("binary_accuracy", inputs, 2);
    const [yTrue, yPred] = inputs;
    expectRank("binary_accuracy", "yPred", yPred, 2);
    expectShape("binary_accuracy", "yTrue, like yPred,", yTrue, yPred.shape);
    return [float32(yPred.shape[0])];
  },
  lower(ctx, [yTrue, yPred], [accuracy], { threshold }) {
    const [units, width] = yPred.shape;
    launchRows(ctx, {
      op: "binary_accuracy",
      kernel: binaryKernel,
      units,
      walked: [accuracy!, yTrue, yPred],
      constants: { width, threshold },
    });
  },
});

function defineCategoricalAccuracy(name: string, sparse: boolean): Op<NoAttrs> {
  return defineOp({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      const [yTrue, yPred] = inputs;
      expectRank(name, "yPred", yPred, 2);
      expectShape(name, "yTrue", yTrue, sparse ? [yPred.shape[0], 1] : yPred.shape);
      return [float32(yPred.shape[0])];
    },
    lower(ctx, [yTrue, yPred], [accuracy]) {
      const [units, width] = yPred.shape;
      launchRows(ctx, {
        op: name,
        kernel: categoricalKernel,
        units,
        walked: [accuracy!, yTrue, yPred],
        constants: { width, sparse: Number(sparse) },
      });
    },
  });
}

/** 1 where the largest of yPred [n, k] and the largest of yTrue [n, k] are the same class, else 0: [n]. First on ties. */
export const categoricalAccuracy = defineCategoricalAccuracy("categorical_accuracy", false);

/** 1 where the largest of yPred [n, k] is class yTrue, float32 [n, 1], else 0: [n]. First on ties. */
export const sparseCategoricalAccuracy = defineCategoricalAccuracy("sparse_categorical_accuracy", true);
