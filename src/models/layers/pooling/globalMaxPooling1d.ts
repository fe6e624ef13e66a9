import type { Value } from "../../../kernels/op.js";
import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import type { Pair } from "../arguments.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling, globalPooling } from "./globalPooling.js";

/**
 * The largest value over the steps.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new GlobalMaxPooling1D().apply(steps).shape); // [ 16 ]
 */
export class GlobalMaxPooling1D extends GlobalPooling {
  static override readonly table = globalPooling("GlobalMaxPooling1D");
  protected override readonly axes = 1;

  protected override pool({ graph }: CallContext, images: Value): Value {
    const window: Pair = [images.shape[1], images.shape[2]];
    return graph.add(maxPool2d, [images], { poolSize: window, strides: window, pads: [0, 0, 0, 0] });
  }
}
