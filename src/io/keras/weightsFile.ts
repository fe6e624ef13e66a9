/** Weights saved by Keras, in whichever of its formats, in one shape. */
import type { Hdf5Group } from "../hdf5/group.js";
import { legacyWeightsGroup, readLegacyLayers } from "./legacyWeights.js";
import { parseModelConfig } from "./modelConfig.js";
import { configOf, type SavedFile } from "./savedFile.js";
import type { SavedLayer } from "./savedLayer.js";
import { containerIn, readV3Layers } from "./v3Weights.js";

export interface WeightsFile {
  /** As the caller gave it; errors name it. */
  path: string;
  /** legacy-h5: `model.save("x.h5")`, `save_weights("x.h5")`, keras.applications. keras-v3: `.weights.h5`, `.keras`. */
  format: "legacy-h5" | "keras-v3";
  /** "1" if the file does not say. */
  kerasVersion: string;
  /** What computed the model that was saved, where the file says so: "tensorflow". */
  backend?: string;
  /** Layers in the file's order, nested models flattened. */
  layers: SavedLayer[];
}

/**
 * The weights of an open file: of keras.applications, of `model.save` (.h5 of Keras 1 to 3, .keras), of `save_weights`. They
 * can be read while it is open. Throws `bad-input` when it is none of them.
 */
export function readWeights(file: SavedFile): WeightsFile {
  const { hdf5, archive, path } = file;
  const { root } = hdf5;
  const json = configOf(file);
  const config = json === undefined ? undefined : parseModelConfig(json, path);
  if (archive) {
    const layers = readV3Layers(hdf5, config);
    return { path, format: "keras-v3", kerasVersion: archive.kerasVersion, layers };
  }
  const legacy = legacyWeightsGroup(root);
  if (legacy) {
    const kerasVersion = legacy.string("keras_version") ?? root.string("keras_version") ?? "1";
    const backend = legacy.string("backend") ?? root.string("backend");
    return {
      path,
      format: "legacy-h5",
      kerasVersion,
      backend,
      layers: readLegacyLayers(hdf5, legacy, config),
    };
  }
  if (containerIn(root)) {
    const kerasVersion = root.string("keras_version") ?? (root.group("layers") ? "3" : "2.13");
    return { path, format: "keras-v3", kerasVersion, layers: readV3Layers(hdf5) };
  }
  if (isOfSubclass(root)) {
    throw hdf5.error(
      "has the weights of a subclassed model, by the names of its attributes; build the same layers as a functional or " +
        "Sequential model in Keras, set_weights, and save that",
    );
  }
  throw hdf5.error("contains no Keras weights (neither layer_names nor a group layers)");
}

/** Keras 3 stores what a subclassed model has as attributes under their names, each with `vars` somewhere below. */
function isOfSubclass(group: Hdf5Group, depth = 0): boolean {
  return [...group.keys()].some((key) => {
    const inner = group.group(key);
    return inner !== undefined && (key === "vars" || (depth < 8 && isOfSubclass(inner, depth + 1)));
  });
}
