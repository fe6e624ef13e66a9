/** Weights from files into the layers of a model. */
import type { Variable } from "../../graph/variable.js";
import { matchWeights, type MatchOptions, type TargetLayer } from "../../io/keras/matchWeights.js";
import { openWeights, type SavedWeight } from "../../io/keras/weightsFile.js";
import type { Device } from "../../kernels/device.js";
import { sizeOf } from "../../tensor.js";
import type { Network } from "../network.js";

export interface LoadWeightsOptions extends MatchOptions {
  /** Where the weights go at once, each of them, so that the host never holds more than one. Default: they stay on the host. */
  device?: Device;
}

/**
 * Replaces the weights of a model by those of a file: of keras.applications, of Keras's `model.save` (.h5, .keras) or
 * `save_weights` (.h5, .weights.h5). Layers are found by their names, those of inner models too.
 *
 * Nothing is replaced unless every layer is found and every shape fits.
 * @param options.allowExtra the file may hold layers that the model does not have. Default: false
 * @throws WgraftError `bad-input` with the file, the layer and the shapes; `out-of-memory` where the device has no room
 */
export async function loadWeights(
  model: Network,
  path: string,
  { device, ...options }: LoadWeightsOptions = {},
): Promise<void> {
  const layers = [...new Set(model.leafLayers)];
  const targets = layers.map((layer): TargetLayer => ({
    layer: layer.name,
    className: layer.className,
    weights: layer.weights.map(({ name, variable }) => ({ name, shape: variable.shape })),
  }));
  const file = await openWeights(path);
  try {
    const found = matchWeights(file, targets, options);
    const pairs = layers.flatMap((layer) =>
      layer.weights.map(({ name, variable }): Pair => [variable, found.get(`${layer.name}/${name}`)!]),
    );
    if (device) await moveTo(device, pairs, path);
    else for (const [variable, saved] of pairs) variable.adopt(saved.read());
  } finally {
    file.close();
  }
}

type Pair = readonly [Variable, SavedWeight];

/** One after the other through the same memory of the host: a system takes longer to give new memory than to copy it. */
async function moveTo(device: Device, pairs: readonly Pair[], path: string): Promise<void> {
  const values = new Float32Array(Math.max(0, ...pairs.map(([{ shape }]) => sizeOf(shape))));
  try {
    await device.guarded(`loading ${path}`, () => {
      for (const [variable, saved] of pairs) variable.writeOn(device, saved.read(values));
    });
  } catch (error) {
    for (const [variable] of pairs) variable.release();
    throw error;
  }
}
