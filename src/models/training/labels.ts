/** Labels that a loss can be taken with. */
import { shapeError, WgraftError } from "../../errors.js";
import { sizeOf, type Shape } from "../../tensor.js";
import { listed } from "../ends.js";
import { labelShape, losses, type LabelRange, type LossName } from "../losses.js";
import type { Target } from "../targets.js";
import type { AnyBatch, BatchSource } from "./batches.js";

/**
 * The same samples; the first batch whose labels do not go with the losses or the model is an error.
 *
 * The GPU takes any number for a label: the loss of class 3 of 3 would be that of another sample's output.
 * @param targets of the model's outputs
 * @param shapes of the outputs, per sample
 */
export function withCheckedLabels(
  source: BatchSource,
  targets: readonly Pick<Target, "loss" | "output">[],
  shapes: readonly Shape[],
): BatchSource {
  const { sample, samples, defaults, repeatable } = source;
  const expectations = targets.map(({ loss, output }, i) => ({
    loss,
    where: targets.length > 1 ? `output ${output}: ` : "",
    range: rangeOf(loss, shapes[i]),
    width: sizeOf(labelShape(loss, shapes[i])),
  }));
  const names = targets.map(({ output }) => output).join(", ");
  async function* batches(...pass: Parameters<BatchSource["batches"]>): AsyncGenerator<AnyBatch> {
    const [, order] = pass;
    let done = 0;
    for await (const batch of source.batches(...pass)) {
      const { size, indices } = batch;
      const placeOf = (i: number) => indices?.[i] ?? order?.[done + i] ?? done + i;
      if (!batch.y) {
        const losses = targets.map(({ loss }) => loss).join(", ");
        throw new WgraftError("usage", `the samples have no labels, which ${losses} compares outputs with`);
      }
      const labels = listed(batch.y);
      if (labels.length !== targets.length) {
        const expected = `labels of ${targets.length} outputs (${names})`;
        throw new WgraftError("usage", `expected ${expected}, got ${labels.length}`, { expected });
      }
      labels.forEach((y, i) => checkLabels({ y, size, placeOf, ...expectations[i] }));
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
  /** Begins messages: the output, where there are several. */
  readonly where: string;
  /** The place of a sample of the batch among all. */
  readonly placeOf: (i: number) => number;
}

function checkLabels({ y, size, width, range, loss, where, placeOf }: Labels): void {
  if (y.length !== size * width) {
    const got = y.length % size === 0 ? `${y.length / size}` : `${y.length} for ${size} samples`;
    throw shapeError(
      `${where}loss ${loss}`,
      `labels of ${width} number${width === 1 ? "" : "s"} per sample`,
      got,
    );
  }
  const wrong = y.findIndex((label) => !range.contains(label));
  if (wrong < 0) return;
  const output = width === 1 ? "" : `, output ${wrong % width}`;
  const place = placeOf(Math.floor(wrong / width));
  throw new WgraftError(
    "bad-input",
    `${where}label ${y[wrong]} of sample ${place}${output}: ${loss} expects ${range.expected}`,
    { op: loss, expected: range.expected, got: y[wrong] },
  );
}
