import type { Value } from "../../../kernels/op.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { optionsOf, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type SymbolicTensor } from "../layer.js";
import { layerTable, sampleShape, type LayerOptions } from "../layerOptions.js";

export interface InputOptions extends Pick<LayerOptions, "name"> {
  /** Per sample, without the batch axis: `[150, 150, 3]`. */
  shape: Shape;
}

const inputTable = optionsOf<InputOptions>("Input").fields({
  shape: required(sampleShape),
  name: layerTable.fields.name,
});

/** Where a model begins. Made by `Input`. */
export class InputLayer extends Layer<Arguments<typeof inputTable>> {
  static override readonly table = { ...inputTable, owner: "InputLayer" };

  constructor(options: InputOptions) {
    super(options);
  }

  get shape(): Shape {
    return this.args.shape;
  }

  override get inputCount(): number {
    return 0;
  }

  override computeOutputShape(): Shape {
    return this.shape;
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }

  /** In the notation of Keras 2, which has the batch axis here. */
  override getConfig(): Record<string, unknown> {
    return { batch_input_shape: [null, ...this.shape], dtype: "float32", sparse: false, name: this.name };
  }
}

/**
 * The symbolic input of a functional model.
 * @throws WgraftError `usage` for an option that is unknown or not what it should be
 */
export function Input(options: InputOptions): SymbolicTensor {
  return new InputLayer(checkOptions(inputTable, options)).apply();
}
