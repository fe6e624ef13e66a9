/** Weights saved by Keras, in whichever of its formats, in one shape. */
import { openHdf5, type Hdf5File } from "../hdf5/reader.js";
import { extractArchive, isZip } from "./archive.js";
import { legacyWeightsGroup, readLegacyLayers } from "./legacyWeights.js";
import { parseModelConfig } from "./modelConfig.js";
import { parseJson } from "./json.js";
import type { SavedLayer } from "./savedLayer.js";
import { readV3Layers } from "./v3Weights.js";

export interface WeightsFile {
  /** As the caller gave it; errors name it. */
  path: string;
  /** legacy-h5: `model.save("x.h5")`, `save_weights("x.h5")`, keras.applications. keras-v3: `.weights.h5`, `.keras`. */
  format: "legacy-h5" | "keras-v3";
  /** "1" where the file does not tell. */
  kerasVersion: string;
  /** Layers in the file's order, nested models flattened. */
  layers: SavedLayer[];
  close(): void;
}

/**
 * Opens a file of weights: keras.applications files, `model.save` .h5 of Keras 1 to 3, `.weights.h5`, `.keras`.
 * The caller closes it. Throws `bad-input` when it is none of them.
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  if (await isZip(path)) return openArchive(path);
  const file = await openHdf5(path);
  try {
    return { path, ...readLayers(file), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

function readLayers(file: Hdf5File): Pick<WeightsFile, "format" | "kerasVersion" | "layers"> {
  const { root } = file;
  const legacy = legacyWeightsGroup(root);
  if (legacy) {
    const json = root.string("model_config");
    const config = json === undefined ? undefined : parseModelConfig(parseJson(json, file.path), file.path);
    return {
      format: "legacy-h5",
      kerasVersion: legacy.string("keras_version") ?? root.string("keras_version") ?? "1",
      layers: readLegacyLayers(file, legacy, config),
    };
  }
  if (root.group("layers")) {
    return {
      format: "keras-v3",
      kerasVersion: root.string("keras_version") ?? "3",
      layers: readV3Layers(file),
    };
  }
  throw file.error("holds no Keras weights (neither layer_names nor a group layers)");
}

async function openArchive(path: string): Promise<WeightsFile> {
  const archive = await extractArchive(path, { weights: true });
  let file: Hdf5File | undefined;
  const close = () => {
    file?.close();
    archive.remove();
  };
  try {
    file = await openHdf5(archive.weightsPath, path);
    const layers = readV3Layers(file, parseModelConfig(archive.config, path));
    return { path, format: "keras-v3", kerasVersion: archive.kerasVersion, layers, close };
  } catch (error) {
    close();
    throw error;
  }
}
