/** Labels that a loss can be taken with. */
import { shapeError, WgraftError } from "../../errors.js";
import { sizeOf, type Shape } from "../../tensor.js";
import { labelShape, losses, type LabelRange, type LossName } from "../losses.js";
import type { Batch, BatchSource } from "./batches.js";

/**
 * The same samples; the first batch whose labels do not go with the loss or the model is an error.
 *
 * The GPU takes any number for a label: the loss of class 3 of 3 would be that of another sample's output.
 * @param output shape of the model's output per sample
 */
export function withCheckedLabels(source: BatchSource, loss: LossName, output: Shape): BatchSource {
  const { sample, samples, defaults, repeatable } = source;
  const range = rangeOf(loss, output);
  const width = sizeOf(labelShape(loss, output));
  async function* batches(...pass: Parameters<BatchSource["batches"]>): AsyncGenerator<Batch> {
    const [, order] = pass;
    let done = 0;
    for await (const batch of source.batches(...pass)) {
      const { y, size, indices } = batch;
      const placeOf = (i: number) => indices?.[i] ?? order?.[done + i] ?? done + i;
      if (!y)
        throw new WgraftError("usage", `the samples have no labels, which ${loss} compares outputs with`);
      checkLabels({ y, size, width, range, loss, placeOf });
      done += size;
      yield batch;
    }
  }
  return { sample, samples, defaults, repeatable, batches };
}

interface Range {
  readonly contains: (label: number) => boolean;
  readonly expected: string;
}

function rangeOf(loss: LossName, [units]: Shape): Range {
  const labels: LabelRange = losses[loss].labels;
  if (labels.kind === "class index") {
    const expected = units === 1 ? "0, the only class" : `a whole number from 0 to ${units - 1}, the classes`;
    return { contains: (label) => Number.isInteger(label) && label >= 0 && label < units, expected };
  }
  const { min, max } = labels;
  return { contains: (label) => label >= min && label <= max, expected: `a number from ${min} to ${max}` };
}

interface Labels {
  readonly y: Float32Array;
  readonly size: number;
  /** Numbers per label. */
  readonly width: number;
  readonly range: Range;
  readonly loss: LossName;
  /** The place of a sample of the batch among all. */
  readonly placeOf: (i: number) => number;
}

function checkLabels({ y, size, width, range, loss, placeOf }: Labels): void {
  if (y.length !== size * width) {
    const got = y.length % size === 0 ? `${y.length / size}` : `${y.length} for ${size} samples`;
    throw shapeError(`loss ${loss}`, `labels of ${width} number${width === 1 ? "" : "s"} per sample`, got);
  }
  const wrong = y.findIndex((label) => !range.contains(label));
  if (wrong < 0) return;
  const output = width === 1 ? "" : `, output ${wrong % width}`;
  const place = placeOf(Math.floor(wrong / width));
  throw new WgraftError(
    "bad-input",
    `label ${y[wrong]} of sample ${place}${output}: ${loss} expects ${range.expected}`,
    { op: loss, expected: range.expected, got: y[wrong] },
  );
}
