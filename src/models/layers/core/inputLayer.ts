import type { Value } from "../../../kernels/op.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { oneOf } from "../../../options/checks.js";
import { optional, optionsOf, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type SymbolicTensor } from "../layer.js";
import { layerTable, sampleShape, type LayerOptions } from "../layerOptions.js";

export interface InputOptions extends Pick<LayerOptions, "name"> {
  /** Per sample, without the batch axis: `[150, 150, 3]`. */
  shape: Shape;
  /** What Keras is given: "uint8" for pixels, which reach the layers as floats here. Default "float32". */
  dtype?: InputType;
}

type InputType = "float32" | "uint8";

const inputTable = optionsOf<InputOptions>("Input").fields({
  shape: required(sampleShape),
  dtype: optional(oneOf<InputType>(["float32", "uint8"]), "float32"),
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

  get dtype(): InputType {
    return this.args.dtype;
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
    const { shape, dtype, name } = this;
    return { batch_input_shape: [null, ...shape], dtype, sparse: false, name };
  }
}

/**
 * The symbolic input of a functional model.
 * @throws WgraftError `usage` for an option that is unknown or not what it should be
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * const maps = new Conv2D({ filters: 32, kernelSize: 3 }).apply(image);
 * const model = new Model({ inputs: image, outputs: new Flatten().apply(maps) });
 */
export function Input(options: InputOptions): SymbolicTensor {
  return new InputLayer(checkOptions(inputTable, options)).apply();
}
