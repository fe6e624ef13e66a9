/** Weights from files into the layers of a model. */
import { readFields, type ReadOptions } from "../../io/hdf5/limits.js";
import { readBlocks } from "../../io/hdf5/readBlocks.js";
import { matchWeights, weightKey, type MatchOptions, type TargetLayer } from "../../io/keras/matchWeights.js";
import { withSavedFile, type SavedFile } from "../../io/keras/savedFile.js";
import { inTodaysOrder } from "../../io/keras/oldKernels.js";
import type { SavedWeight } from "../../io/keras/savedLayer.js";
import { readWeights } from "../../io/keras/weightsFile.js";
import { flag, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import type { Variable } from "../../graph/variable.js";
import type { Shape } from "../../tensor.js";
import type { Layer } from "../layers/layer.js";
import { Network } from "../network.js";

export interface LoadWeightsOptions extends MatchOptions, ReadOptions {}

const table = optionsOf<LoadWeightsOptions>("loadWeights").fields({
  allowExtra: optional(flag, false),
  ...readFields,
});

/**
 * Replaces the weights of a model by those of a file: of keras.applications, of Keras's `model.save` (.h5, .keras) or
 * `save_weights` (.h5, .weights.h5). Layers are found by their names, those of inner models too; if the names of an .h5 do not say, by their order, as in Keras.
 *
 * Nothing is replaced unless every layer is found and every shape fits.
 * @param options.allowExtra the file may contain layers that the model does not have. Default: false
 * @param options.limits what the file may cost to read
 * @throws WgraftError `usage` for an option that is unknown or not what it should be
 * @throws WgraftError `bad-input` with the file, the layer and the shapes
 * @example
 * await loadWeights(model, "pets.weights.h5");
 */
export async function loadWeights(model: Network, path: string, options?: LoadWeightsOptions): Promise<void> {
  checkArgument("loadWeights", "path", text, path);
  const { allowExtra, ...reading } = checkOptions(table, options);
  await withSavedFile(path, reading, (file) => fillWeights(model, file, { allowExtra }));
}

interface Target extends TargetLayer {
  weights: { name: string; shape: Shape; variable: Variable }[];
}

/** The layers that have weights, those of inner models too, each once. */
function targetsIn(model: Network): Target[] {
  const known = new Set<Layer>();
  const visit = (network: Network, around: readonly string[]): Target[] =>
    network.layers.flatMap((layer): Target[] => {
      if (layer instanceof Network) return visit(layer, [...around, layer.name]);
      if (known.has(layer)) return [];
      known.add(layer);
      const { name, className } = layer;
      const weights = layer.weights.map((w) => ({
        name: w.name,
        shape: w.variable.shape,
        variable: w.variable,
      }));
      return [{ layer: name, className, around, weights }];
    });
  return visit(model, []);
}

/** The same from a file that is open. */
export async function fillWeights(
  model: Network,
  file: SavedFile,
  options: MatchOptions = {},
): Promise<void> {
  const targets = targetsIn(model);
  const read = readWeights(file);
  const source: Parameters<typeof matchWeights<SavedWeight>>[0] = {
    ...read,
    isOrdered: read.format === "legacy-h5",
    arranged: (className, wanted, weight) => inTodaysOrder(read, className, wanted, weight),
  };
  const saved = matchWeights(source, targets, options);
  const variables = targets.flatMap((target) =>
    target.weights.map(({ name, variable }) => ({ variable, source: saved.get(weightKey(target, name))! })),
  );
  const plain = variables.filter(({ source: { isRearranged } }) => !isRearranged);
  const blocks = readBlocks(plain.map(({ source }) => source));
  for await (const { index, start, values } of blocks) plain[index].variable.writeFrom(start, values);
  for (const { variable, source } of variables)
    if (source.isRearranged) variable.write(await source.readFloat32());
}
