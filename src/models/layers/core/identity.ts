import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

/**
 * Its input as it is.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new Identity().apply(features).shape); // [ 512 ]
 */
export class Identity extends Layer {
  static override readonly table = layerOptions<LayerOptions>("Identity").fields({});

  constructor(options?: LayerOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }
}
