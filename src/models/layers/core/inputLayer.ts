import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type LayerOptions, type SymbolicTensor } from "../layer.js";

/** Where a model begins. Made by `Input`. */
export class InputLayer extends Layer {
  override readonly className = "InputLayer";

  constructor(
    readonly shape: Shape,
    options: LayerOptions = {},
  ) {
    super("input", options);
  }

  override computeOutputShape(): Shape {
    return this.shape;
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }

  override getConfig(): Record<string, unknown> {
    return { batch_input_shape: [null, ...this.shape], dtype: "float32", sparse: false, name: this.name };
  }
}

/**
 * The symbolic input of a functional model.
 * @param options.shape per sample, without the batch axis: `[150, 150, 3]`
 */
export function Input(options: { shape: Shape; name?: string }): SymbolicTensor {
  return new InputLayer(options.shape, { name: options.name }).apply();
}
