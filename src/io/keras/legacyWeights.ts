/**
 * The layout of keras.applications, `save_weights("x.h5")` and `model.save("x.h5")`: an attribute `layer_names`, and for
 * each layer a group with an attribute `weight_names`, which are paths of datasets below that group.
 * Follows keras/src/legacy/saving/legacy_h5_format.py.
 */
import type { Hdf5Group } from "../hdf5/group.js";
import type { Hdf5File } from "../hdf5/reader.js";
import type { ModelConfig } from "./modelConfig.js";
import { readNameList } from "../hdf5/nameLists.js";
import type { SavedLayer, SavedWeight } from "./savedLayer.js";

/** The group with `layer_names`, or undefined if this is no such file. */
export function legacyWeightsGroup(root: Hdf5Group): Hdf5Group | undefined {
  const group = root.group("model_weights") ?? root;
  return readNameList(group, "layer_names") && group;
}

/** @param config the model's, where the file has it: it says which layers are models themselves. */
export function readLegacyLayers(file: Hdf5File, group: Hdf5Group, config?: ModelConfig): SavedLayer[] {
  const isModel = new Map(config?.layers.map((layer) => [layer.name, layer.model !== undefined]));
  const layerNames = readNameList(group, "layer_names")!;
  refuseRepeated(file, "layer_names", layerNames);
  return layerNames.flatMap((name) => {
    const layerGroup = group.group(name);
    const names = layerGroup && readNameList(layerGroup, "weight_names");
    if (!names)
      throw file.error(
        `layer ${name} is listed in layer_names, but the file has no group with its weight_names`,
      );
    refuseRepeated(file, `weight_names of layer ${name}`, names);
    const weights = names.map((weightName): SavedWeight => {
      const dataset = layerGroup.dataset(weightName);
      if (!dataset) throw file.error(`layer ${name}: its weight ${weightName} is missing`);
      return dataset;
    });
    return splitNested({ name, weights }, names, isModel.get(name));
  });
}

/** A list of names that repeats itself could make a small file many times as long. */
function refuseRepeated(file: Hdf5File, what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw file.error(`its ${what} have ${name} twice`);
    seen.add(name);
  }
}

/**
 * A model among the layers has one group for all its weights: `vgg16/block1_conv1/kernel:0`. It becomes its inner layers.
 * Without a configuration, several owners in one group mean that it is a model.
 */
function splitNested(
  layer: SavedLayer,
  weightNames: readonly string[],
  isModel: boolean | undefined,
): SavedLayer[] {
  // Trainable weights come first, the rest after: those of one batch normalization are not next to each other.
  const owners = new Map<string, SavedWeight[]>();
  layer.weights.forEach((weight, i) => {
    const owner = weightNames[i].split("/").slice(0, -1).join("/");
    const owned = owners.get(owner);
    if (owned) owned.push(weight);
    else owners.set(owner, [weight]);
  });
  if (!(isModel ?? owners.size > 1) || owners.size === 0) return [layer];
  return [...owners].map(([owner, weights]) => {
    const names = owner.split("/").filter(Boolean);
    return { name: names.at(-1) ?? layer.name, around: [layer.name, ...names.slice(0, -1)], weights };
  });
}
