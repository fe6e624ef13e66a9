import type { Layer, SymbolicTensor } from "../../layers/layer.js";

/** Layers one after the other. */
export function chain(input: SymbolicTensor, ...layers: readonly Layer[]): SymbolicTensor {
  return layers.reduce((tensor, layer) => layer.apply(tensor), input);
}
