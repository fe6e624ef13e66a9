/** Model files that the commands work with. */
import { WgraftError } from "../../errors.js";
import type { Model } from "../../models/model.js";
import { loadModel, type LoadOptions } from "../../models/saving/load.js";
import { formatShape } from "../../tensor.js";

/**
 * Loads a model of one input and one output: images or features in, classes out.
 * @throws WgraftError as `loadModel`, and `bad-input` for a model with several
 */
export async function loadSimpleModel(path: string, options: LoadOptions): Promise<Model> {
  const model = await loadModel(path, options);
  const { inputs, inputNames, outputs, outputNames } = model;
  const ends = [
    { what: "input", tensors: inputs, names: inputNames },
    { what: "output", tensors: outputs, names: outputNames },
  ];
  const several = ends.find(({ tensors }) => tensors.length > 1);
  if (!several) return model;
  const { what, tensors, names } = several;
  const list = tensors.map(({ shape }, i) => `${names[i]} ${formatShape(shape)}`).join(", ");
  throw new WgraftError(
    "bad-input",
    `${path}: a model with ${tensors.length} ${what}s (${list}); only models with one input and one output are supported here; use model.predict and model.fit in a program`,
  );
}
