/** Which layers of the base a training changes. */
import { WgraftError } from "../../errors.js";
import { blocksOf, layersOfBlock } from "../../models/applications/index.js";
import type { Layer } from "../../models/layers/layer.js";
import type { Model } from "../../models/model.js";
import { Network } from "../../models/network.js";

/** Layers of the base that train: `["none"]`, `["all"]`, or names of layers and of blocks. */
export type Trainable = readonly string[];

/** The base of a model: the first model inside it. */
export function innerBase(model: Model): Network | undefined {
  // One without weights preprocesses or augments.
  return model.layers.find((layer) => layer instanceof Network && layer.weights.length > 0) as
    Network | undefined;
}

/**
 * Freezes the base except for the layers that are named. `block5` names a layer with weights, else a block of the application
 * that the base is, else every layer whose name begins with `block5_` (of ResNet50, `conv5_block3` is a block, `conv5` the
 * three of that stage). The layers on top of the base always train. Takes effect at `compile`.
 * @throws WgraftError `usage` for a name that no layer with weights has, and for a model without a base unless all of it
 *   is to be trained
 */
export function setTrainable(model: Model, trainable: Trainable): void {
  const base = innerBase(model);
  const isAll = isWord("all", trainable);
  if (!base && !isAll) {
    throw new WgraftError(
      "usage",
      `model ${model.name} has no base inside that could be frozen; \`trainable\` all trains it whole`,
      { option: "trainable" },
    );
  }
  model.trainable = true;
  if (!base || isAll) return;
  const leaves = base.leafLayers;
  const named = new Set(
    isWord("none", trainable) ? [] : trainable.flatMap((name) => layersNamed(name, leaves)),
  );
  // The flag of the base itself is left on with some of its layers, as in Keras: off, it would be saved for all.
  if (named.size === 0) base.trainable = false;
  for (const layer of leaves) layer.trainable = named.has(layer);
}

function isWord(word: "all" | "none", trainable: Trainable): boolean {
  if (!trainable.includes(word)) return false;
  if (trainable.length === 1) return true;
  throw new WgraftError("usage", `\`trainable\` ${trainable.join(",")}: ${word} stands alone`, {
    option: "trainable",
  });
}

/** At most so many names of layers stand in a message. */
const namesShown = 12;

function layersNamed(name: string, leaves: readonly Layer[]): Layer[] {
  const hasWeights = (layer: Layer) => layer.weights.length > 0;
  const found = [
    leaves.filter((layer) => layer.name === name),
    // InceptionV3's blocks have the names of the layers that they end with, which have no weights.
    layersOfBlock(name, leaves),
    leaves.filter((layer) => layer.name.startsWith(`${name}_`)),
  ];
  const trainable = found.map((layers) => layers.filter(hasWeights)).find((layers) => layers.length > 0);
  if (trainable) return trainable;
  const isKnown = found.some((layers) => layers.length > 0);
  const what = isKnown ? "has no weights to train" : "is no layer or block of the base";
  const layers = leaves.filter(hasWeights).map((layer) => layer.name);
  const rest = layers.length > namesShown ? `, … (${layers.length} layers)` : "";
  const blocks = blocksOf(leaves).map((block) => block.name);
  const listed =
    layers.slice(0, namesShown).join(", ") +
    rest +
    (blocks.length > 0 ? `; blocks: ${blocks.join(", ")}` : "");
  throw new WgraftError("usage", `\`trainable\` ${name}: ${name} ${what}; it has: ${listed}`, {
    option: "trainable",
  });
}
