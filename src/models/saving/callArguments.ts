/** What layers are called with besides tensors, as files have it. */
import { WgraftError } from "../../errors.js";
import { Dropout } from "../layers/regularization/dropout.js";
import type { Layer } from "../layers/layer.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { Network } from "../network.js";

/** Where a model comes from. */
export interface Origin {
  /** What errors call it. */
  readonly file: string;
  /** Of the Keras that saved it: "3.15.1". */
  readonly kerasVersion: string;
}

/**
 * Whether a call keeps its layer in inference mode while the model trains.
 * @throws WgraftError `not-supported` for other arguments that make a difference
 */
export function staysInInference(
  layer: Layer,
  kwargs: Readonly<Record<string, unknown>>,
  origin: Origin,
): boolean {
  for (const [key, value] of Object.entries(kwargs)) {
    const isMode = key === "training" && (value === false || ignoresMode(layer, origin));
    if (value === null || isMode) continue;
    throw new WgraftError(
      "not-supported",
      `${origin.file}: layer ${layer.name} is called with ${key} = ${JSON.stringify(value)}, which wgraft has not`,
    );
  }
  return kwargs.training === false && !ignoresMode(layer, origin);
}

/**
 * Whether `training=…` in a call makes no difference: to layers that do the same in every mode, and where Keras 3 noted
 * the default of a dropout's call, which it lets `fit` and `predict` override. Of models and of batch normalization the
 * default is none, so what stands there was asked for.
 */
function ignoresMode(layer: Layer, { kerasVersion }: Origin): boolean {
  if (layer instanceof Dropout && Number.parseInt(kerasVersion) >= 3) return true;
  const leaves = layer instanceof Network ? layer.leafLayers : [layer];
  return !leaves.some((l) => l instanceof Dropout || l instanceof BatchNormalization);
}
