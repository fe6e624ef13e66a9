/** Model files that the commands work with. */
import { WgraftError } from "../../errors.js";
import type { Model } from "../../models/model.js";
import { loadModel, type LoadOptions } from "../../models/saving/load.js";
import { formatShape } from "../../tensor.js";

/** Height and width of images, or the side of square ones. */
export type ImageSize = number | readonly [height: number, width: number];

/**
 * Loads a model of one input and one output: images or features in, classes out.
 * @throws WgraftError as `loadModel`, `bad-input` for a model with several, `usage` for another size than the model's own
 */
export async function loadSimpleModel(
  path: string,
  { size, ...options }: LoadOptions & { size?: ImageSize },
): Promise<Model> {
  const model = await loadModel(path, { ...options, size });
  const { inputs, inputNames, outputs, outputNames } = model;
  const ends = [
    { what: "input", tensors: inputs, names: inputNames },
    { what: "output", tensors: outputs, names: outputNames },
  ];
  const several = ends.find(({ tensors }) => tensors.length > 1);
  if (!several) {
    checkSize(model, path, size);
    return model;
  }
  const { what, tensors, names } = several;
  const list = tensors.map(({ shape }, i) => `${names[i]} ${formatShape(shape)}`).join(", ");
  throw new WgraftError(
    "bad-input",
    `${path}: a model with ${tensors.length} ${what}s (${list}); only models with one input and one output are supported here; use model.predict and model.fit in a program`,
  );
}

function checkSize({ inputShape }: Model, path: string, size: ImageSize | undefined): void {
  const [height, width, channels] = inputShape;
  const isImage = inputShape.length === 3 && (channels === 3 || channels === 1);
  const [rows, columns] = typeof size === "number" ? [size, size] : (size ?? []);
  if (size === undefined || !isImage || (rows === height && columns === width)) return;
  throw new WgraftError(
    "usage",
    `\`size\` ${[size].flat().join("×")}: ${path} takes images of ${height}×${width}; omit \`size\``,
    { option: "size", expected: inputShape, got: size },
  );
}
