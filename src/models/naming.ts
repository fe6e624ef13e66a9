/** Names of layers, as Keras makes them. */
import { WgraftError } from "../errors.js";
import { Network } from "./network.js";

/**
 * Numbers the layers without a given name by their classes, in the order in which they were made: dense, dense_1, …
 * Keras does so for all layers of a session; here it is all that belong to one model, those of inner models and the model
 * itself included, so that it has the same names whatever was made before it. A name that a layer has already stays where it can.
 *
 * @throws WgraftError `usage` where two layers of the model were given the same name
 */
export function nameLayers(model: Network): void {
  const given = new Set<string>();
  for (const { name } of model.layers.filter((layer) => layer.hasOwnName)) {
    if (given.has(name))
      throw new WgraftError("usage", `two layers of a model are named ${name}; names must differ`);
    given.add(name);
  }
  const all = model.layerTree;
  const networks = all.filter((layer) => layer instanceof Network);
  const own = new Set(networks.map(({ names }) => names));
  const taken = new Set(all.filter((layer) => layer.hasOwnName).map(({ name }) => name));
  for (const layer of all.filter((l) => !l.hasOwnName).sort((a, b) => a.serial - b.serial)) {
    layer.adoptName(taken, own);
    taken.add(layer.name);
  }
  for (const { layers, names } of networks) {
    names.clear();
    for (const layer of layers) {
      names.add(layer.name);
      layer.keepIn(names);
    }
  }
}
