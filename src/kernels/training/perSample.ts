/** What losses and metrics have in common: one figure for each sample, from its labels and its predictions. */
import type { TensorSpec } from "../../tensor.js";
import { expectInputs, expectRank, expectShape } from "../common/expect.js";
import { launchRows } from "../common/launchUnits.js";
import { defineOp, float32, type Kernel, type Op } from "../op.js";

/** Labels of a sample: one for each of k outputs, one-hot over k classes, or the index of one of k classes. */
export type Labels = "each output" | "one-hot" | "index";

/** @throws WgraftError `shape` where labels do not fit predictions [n, k] */
export function expectLabels(op: string, yTrue: TensorSpec, yPred: TensorSpec, labels: Labels): void {
  expectRank(op, "yPred", yPred, 2);
  if (labels === "each output") expectShape(op, "yTrue, like yPred,", yTrue, yPred.shape);
  else expectShape(op, "yTrue", yTrue, labels === "index" ? [yPred.shape[0], 1] : yPred.shape);
}

interface Figure<A> {
  readonly name: string;
  /** Bindings: the figures, labels, predictions. It gives a workgroup to each sample. */
  readonly kernel: Kernel;
  readonly labels: Labels;
  /** Override constants besides `width`, which is k. */
  readonly constants: (attrs: A) => Readonly<Record<string, number>>;
  readonly vjp?: Op<A>["vjp"];
}

/** An op from labels and predictions [n, k] to a figure of each sample [n]. */
export function defineFigure<A>({ name, kernel, labels, constants, vjp }: Figure<A>): Op<A> {
  return defineOp<A>({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      const [yTrue, yPred] = inputs;
      expectLabels(name, yTrue, yPred, labels);
      return [float32(yPred.shape[0])];
    },
    lower(ctx, [yTrue, yPred], [figures], attrs) {
      const [units, width] = yPred.shape;
      launchRows(ctx, {
        op: name,
        kernel,
        units,
        walked: [figures!, yTrue, yPred],
        constants: { width, ...constants(attrs) },
      });
    },
    vjp,
  });
}
