import type { Shape } from "../tensor.js";
import type { Layer } from "./layers/layer.js";

/** A tensor that does not exist yet: the output of a layer in a model under construction. */
export class SymbolicTensor {
  constructor(
    /** Shape per sample, without the batch axis. */
    readonly shape: Shape,
    readonly layer: Layer,
    /** What the layer was applied to; empty for an input. */
    readonly inputs: readonly SymbolicTensor[],
  ) {}
}
