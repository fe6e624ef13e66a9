import type { Value } from "../../../kernels/op.js";
import { globalAveragePool2d } from "../../../kernels/pool/globalAveragePool2d.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling, globalPooling } from "./globalPooling.js";

/**
 * The mean over height and width.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new GlobalAveragePooling2D().apply(maps).shape); // [ 64 ]
 */
export class GlobalAveragePooling2D extends GlobalPooling {
  static override readonly table = globalPooling("GlobalAveragePooling2D");
  protected override readonly axes = 2;

  protected override pool({ graph }: CallContext, images: Value): Value {
    return graph.add(globalAveragePool2d, [images], {});
  }
}
