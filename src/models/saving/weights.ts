/** Weights from files into the layers of a model. */
import type { ReadOptions } from "../../io/hdf5/limits.js";
import { readBlocks } from "../../io/hdf5/readBlocks.js";
import { matchWeights, type MatchOptions, type TargetLayer } from "../../io/keras/matchWeights.js";
import { withSavedFile, type SavedFile } from "../../io/keras/savedFile.js";
import { readWeights } from "../../io/keras/weightsFile.js";
import type { Network } from "../network.js";

export interface LoadWeightsOptions extends MatchOptions, ReadOptions {}

/**
 * Replaces the weights of a model by those of a file: of keras.applications, of Keras's `model.save` (.h5, .keras) or
 * `save_weights` (.h5, .weights.h5). Layers are found by their names, those of inner models too.
 *
 * Nothing is replaced unless every layer is found and every shape fits.
 * @param options.allowExtra the file may hold layers that the model does not have. Default: false
 * @param options.limits what the file may cost to read
 * @throws WgraftError `bad-input` with the file, the layer and the shapes
 */
export async function loadWeights(
  model: Network,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<void> {
  await withSavedFile(path, options, (file) => fillWeights(model, file, options));
}

/** The same from a file that is open. */
export async function fillWeights(
  model: Network,
  file: SavedFile,
  options: MatchOptions = {},
): Promise<void> {
  const layers = [...new Set(model.leafLayers)];
  const targets = layers.map((layer): TargetLayer => ({
    layer: layer.name,
    className: layer.className,
    weights: layer.weights.map(({ name, variable }) => ({ name, shape: variable.shape })),
  }));
  const saved = matchWeights(readWeights(file), targets, options);
  const variables = layers.flatMap((layer) =>
    layer.weights.map(({ name, variable }) => ({ variable, source: saved.get(`${layer.name}/${name}`)! })),
  );
  const blocks = readBlocks(variables.map(({ source }) => source));
  for await (const { index, start, values } of blocks) variables[index].variable.writeFrom(start, values);
}
