/** Files that Keras saved, read whole. */
import type { Values } from "../../src/io/hdf5/dataset.js";
import { readModelConfig, type SavedModelConfig } from "../../src/io/keras/readModelConfig.js";
import { withSavedFile } from "../../src/io/keras/savedFile.js";
import type { SavedLayer, SavedWeight } from "../../src/io/keras/savedLayer.js";
import { readWeights, type WeightsFile } from "../../src/io/keras/weightsFile.js";

interface ReadWeight extends Pick<SavedWeight, "path" | "shape"> {
  values: Values;
}

export async function weightsOf(
  path: string,
): Promise<Omit<WeightsFile, "layers"> & { layers: SavedLayer<ReadWeight>[] }> {
  return withSavedFile(path, {}, async (saved) => {
    const file = readWeights(saved);
    const layers: SavedLayer<ReadWeight>[] = [];
    for (const layer of file.layers) {
      const weights: ReadWeight[] = [];
      for (const weight of layer.weights)
        weights.push({ path: weight.path, shape: weight.shape, values: await weight.readFloat32() });
      layers.push({ ...layer, weights });
    }
    return { ...file, layers };
  });
}

export async function modelConfigOf(path: string): Promise<SavedModelConfig> {
  return withSavedFile(path, {}, readModelConfig);
}
