/** Weights from files into the layers of a model. */
import { matchWeights, type MatchOptions, type TargetLayer } from "../../io/keras/matchWeights.js";
import { openWeights } from "../../io/keras/weightsFile.js";
import { flag } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import type { Network } from "../network.js";

const table = optionsOf<MatchOptions>("loadWeights").fields({ allowExtra: optional(flag, false) });

/**
 * Replaces the weights of a model by those of a file: of keras.applications, of Keras's `model.save` (.h5, .keras) or
 * `save_weights` (.h5, .weights.h5). Layers are found by their names, those of inner models too.
 *
 * Nothing is replaced unless every layer is found and every shape fits.
 * @param options.allowExtra the file may hold layers that the model does not have. Default: false
 * @throws WgraftError `usage` for an option that is unknown or not what it should be
 * @throws WgraftError `bad-input` with the file, the layer and the shapes
 */
export async function loadWeights(model: Network, path: string, options?: MatchOptions): Promise<void> {
  const matching = checkOptions(table, options);
  const layers = [...new Set(model.leafLayers)];
  const targets = layers.map((layer): TargetLayer => ({
    layer: layer.name,
    className: layer.className,
    weights: layer.weights.map(({ name, variable }) => ({ name, shape: variable.shape })),
  }));
  const file = await openWeights(path);
  try {
    const saved = matchWeights(file, targets, matching);
    // Through the memory of the largest so far: a system takes longer to give new memory than to copy it.
    let memory: Float32Array = new Float32Array(0);
    for (const layer of layers) {
      for (const { name, variable } of layer.weights) {
        const values = saved.get(`${layer.name}/${name}`)!.read(memory);
        variable.write(values);
        if (values.length > memory.length) memory = values;
      }
    }
  } finally {
    file.close();
  }
}
