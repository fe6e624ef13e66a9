import type { Value } from "../../../kernels/op.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { listOf, oneOf, positiveInteger, type Check } from "../../../options/checks.js";
import { optional, optionsOf, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type SymbolicTensor } from "../layer.js";
import { layerTable, type LayerOptions } from "../layerOptions.js";
import { trialShapes, type OpenShape } from "../openShape.js";

export interface InputOptions extends Pick<LayerOptions, "name"> {
  /**
   * Per sample, without the batch axis: `[150, 150, 3]`. null where the data decide: `[null, null, 3]` takes images of any size,
   * with a program for each size.
   */
  shape: OpenShape;
  /** What Keras is given: "uint8" for pixels, which reach the layers as floats here. Default "float32". */
  dtype?: InputType;
}

type InputType = "float32" | "uint8";

/** A positive integer, or null. In lists `undefined` would say that the value is wrong, so that null stands in as 0. */
const extents = listOf<number | null, number>(
  { expected: "", read: (extent) => (extent === null ? 0 : positiveInteger.read(extent)) },
  "a list of positive integers, and null where the data decide, such as [150, 150, 3] or [null, null, 3]",
);

const openShape: Check<OpenShape, OpenShape> = {
  expected: extents.expected,
  read: (value) => extents.read(value)?.map((extent) => extent || null),
};

const inputTable = optionsOf<InputOptions>("Input").fields({
  shape: required(openShape),
  dtype: optional(oneOf<InputType>(["float32", "uint8"]), "float32"),
  name: layerTable.fields.name,
});

/** Where a model begins. Made by `Input`. */
export class InputLayer extends Layer<Arguments<typeof inputTable>> {
  static override readonly table = { ...inputTable, owner: "InputLayer" };

  constructor(options: InputOptions) {
    super(options);
  }

  /** Per sample; of an open axis an extent to infer shapes at. */
  get shape(): Shape {
    return trialShapes(this.openShape).shape;
  }

  /** As given, null along open axes. */
  get openShape(): OpenShape {
    return this.args.shape;
  }

  get dtype(): InputType {
    return this.args.dtype;
  }

  override get keepsIntegers(): boolean {
    return this.dtype === "uint8";
  }

  override get inputCount(): number {
    return 0;
  }

  override computeOutputShape(): Shape {
    return this.shape;
  }

  protected override outputsAtOtherExtents(): readonly Shape[] {
    return [trialShapes(this.openShape).other];
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }

  /** In the notation of Keras 2, which has the batch axis here. */
  override getConfig(): Record<string, unknown> {
    const { openShape, dtype, name } = this;
    return { batch_input_shape: [null, ...openShape], dtype, sparse: false, name };
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
