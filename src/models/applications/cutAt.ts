import { WgraftError } from "../../errors.js";
import { Model, type AnyModel } from "../model.js";
import type { LayerCall, SymbolicTensor } from "../layers/layer.js";

/**
 * The part of a model from its inputs to the output of one of its layers, as a new model. Layers and weights are
 * shared with `model`, and so is the device.
 * @param layerName a direct layer of the model
 * @param name of the new model; default: the model's
 * @throws WgraftError `usage` that lists the layers where there is no such one
 * @example
 * const conv = cutAt(base, "conv");
 * console.log(conv.outputShape); // [ 30, 30, 8 ]
 */
export function cutAt(model: AnyModel, layerName: string, name: string = model.name): Model {
  const outputs = outputAt(model, layerName);
  // Of several inputs, those that the layer depends on.
  const needed = new Set(dependencies(outputs));
  const inputs = model.inputs.filter(({ call }) => needed.has(call));
  return new Model({ inputs, outputs, name, device: model.device });
}

/** The output of a direct layer of a model. @throws WgraftError `usage` as `cutAt` */
export function outputAt(model: AnyModel, layerName: string): SymbolicTensor {
  const layer = model.getLayer(layerName);
  // Where a layer is called several times, its last call comes after the rest.
  const call = model.calls.findLast((c) => c.layer === layer)!;
  if (call.outputs.length > 1)
    throw new WgraftError("usage", `model ${model.name}: ${layerName} has ${call.outputs.length} outputs`);
  if (call.inputs.length > 0) return call.outputs[0];
  throw new WgraftError("usage", `model ${model.name}: ${layerName} is the input; nothing would remain`);
}

/** The calls that a tensor depends on. */
function dependencies(tensor: SymbolicTensor): Iterable<LayerCall> {
  const calls = new Set([tensor.call]);
  // A set visits what is added on the way.
  for (const call of calls) for (const input of call.inputs) calls.add(input.call);
  return calls;
}
