/** A network without inner models. */
import { LayerCall, type SymbolicTensor } from "../layers/layer.js";
import { Network } from "../network.js";
import type { Topology } from "../topology.js";

/** The same graph, with the calls of inner models in their places. */
export function flattened(network: Network): Pick<Topology, "inputs" | "outputs" | "calls"> {
  const calls: LayerCall[] = [];
  const expand = (inner: Network, inputs: readonly SymbolicTensor[], isInference: boolean) => {
    const copies = new Map(inner.inputs.map((tensor, i) => [tensor, inputs[i]]));
    for (const call of inner.calls) {
      if (call.inputs.length === 0) continue;
      const keepsMode = isInference || call.isInference;
      if (call.layer instanceof Network) {
        const given = call.inputs.map((tensor) => copies.get(tensor)!);
        const made = expand(call.layer, given, keepsMode);
        call.outputs.forEach((tensor, i) => copies.set(tensor, made[i]));
      } else calls.push(copyCall(call, copies, keepsMode));
    }
    return inner.outputs.map((tensor) => copies.get(tensor)!);
  };
  const { inputs } = network;
  calls.push(...inputs.map(({ call }) => call));
  const outputs = expand(network, inputs, false);
  return { inputs, outputs, calls };
}

/** The same call on copies of its inputs; its outputs join the copies. */
export function copyCall(
  { layer, inputs, outputs, isInference }: LayerCall,
  copies: Map<SymbolicTensor, SymbolicTensor>,
  keepsMode = isInference,
): LayerCall {
  const given = inputs.map((tensor) => copies.get(tensor)!);
  const shapes = outputs.map(({ shape }) => shape);
  const others = outputs.map(({ otherShape }) => otherShape);
  const copy = new LayerCall(layer, given, shapes, keepsMode, others);
  outputs.forEach((tensor, i) => copies.set(tensor, copy.outputs[i]));
  return copy;
}
