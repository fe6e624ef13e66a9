import type { Value } from "../../../kernels/op.js";
import { oneOf } from "../../../options/checks.js";
import { fixed, nullable, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitActivation } from "./activation.js";

export interface ReLUOptions extends LayerOptions {
  /** Where the values are cut: 6 (ReLU6 of MobileNet), or null. Default null: nowhere. */
  maxValue?: 6 | null;
}

const table = layerOptions<ReLUOptions>("ReLU").fields(
  { maxValue: nullable(optional(oneOf<6>([6]))) },
  { negative_slope: fixed(0), threshold: fixed(0) },
);

/** max(0, x), cut at `maxValue`. */
export class ReLU extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ReLUOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    return emitActivation(context, this.args.maxValue ? "relu6" : "relu", input);
  }
}
