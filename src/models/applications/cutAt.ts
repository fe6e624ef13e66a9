import { WgraftError } from "../../errors.js";
import { Model } from "../model.js";
import type { SymbolicTensor } from "../layers/layer.js";

/**
 * The part of a model from its input to the output of one of its layers, as a model of its own. Layers and weights are
 * shared with `model`, and so is the device.
 * @param layerName a direct layer of the model
 * @param name of the new model; default: the model's
 * @throws WgraftError `usage` that lists the layers where there is no such one
 */
export function cutAt(model: Model, layerName: string, name: string = model.name): Model {
  const [{ output: inputs }] = model.calls;
  return new Model({ inputs, outputs: outputAt(model, layerName), name, device: model.device });
}

/** The output of a direct layer of a model. @throws WgraftError `usage` as `cutAt` */
export function outputAt(model: Model, layerName: string): SymbolicTensor {
  const layer = model.getLayer(layerName);
  // Where a layer is called several times, its last call has all others before it.
  const call = model.calls.findLast((c) => c.layer === layer)!;
  if (call.inputs.length > 0) return call.output;
  throw new WgraftError("usage", `model ${model.name}: ${layerName} is the input; nothing would be left`);
}
