/** Keras's `validation_split`: the first images are those of the validation. */
import { WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import type { Tensor } from "../../tensor.js";

export type Subset = "training" | "validation";

/** Which of `n` rows belong to a subset: [start, end). */
function rangeOf(n: number, split: number | undefined, subset: Subset): readonly [number, number] {
  if (split === undefined) {
    throw new WgraftError("usage", `subset ${subset}: set validationSplit in the ImageDataGenerator first`);
  }
  const first = Math.trunc(split * n);
  return subset === "validation" ? [0, first] : [first, n];
}

/** The files of a subset: of each class its first share, or the rest. */
export function subsetOfFiles(
  files: readonly ImageFile[],
  classes: number,
  split: number | undefined,
  subset: Subset,
): ImageFile[] {
  return Array.from({ length: classes }, (_, label) => files.filter((file) => file.label === label)).flatMap(
    (ofClass) => ofClass.slice(...rangeOf(ofClass.length, split, subset)),
  );
}

/**
 * The rows of a subset: the first share, or the rest.
 * @throws WgraftError `bad-input` where the labels of the two parts are not the same classes, as in Keras
 */
export function subsetOfSamples(
  x: Tensor,
  y: Tensor | undefined,
  split: number | undefined,
  subset: Subset,
): { x: Tensor; y: Tensor | undefined } {
  const [n] = x.shape;
  const [start, end] = rangeOf(n, split, subset);
  if (y) {
    const classes = ([from, to]: readonly [number, number]) =>
      [...new Set(y.slice(from, to).dataSync())].sort((a, b) => a - b).join(" ");
    if (classes(rangeOf(n, split, "validation")) !== classes(rangeOf(n, split, "training"))) {
      throw new WgraftError(
        "bad-input",
        "flow: training and validation get different classes by this validationSplit; shuffle x and y together first",
      );
    }
  }
  return { x: x.slice(start, end), y: y?.slice(start, end) };
}
