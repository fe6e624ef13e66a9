import type { Value } from "../../../kernels/op.js";
import { globalAveragePool2d } from "../../../kernels/pool/globalAveragePool2d.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling, globalPooling } from "./globalPooling.js";

/**
 * The mean over the steps.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new GlobalAveragePooling1D().apply(steps).shape); // [ 16 ]
 */
export class GlobalAveragePooling1D extends GlobalPooling {
  static override readonly table = globalPooling("GlobalAveragePooling1D");
  protected override readonly axes = 1;

  protected override pool({ graph }: CallContext, images: Value): Value {
    return graph.add(globalAveragePool2d, [images], {});
  }
}
