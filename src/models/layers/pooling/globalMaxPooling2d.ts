import type { Value } from "../../../kernels/op.js";
import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import type { Pair } from "../arguments.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling, globalPooling } from "./globalPooling.js";

/**
 * The largest value over height and width.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new GlobalMaxPooling2D().apply(maps).shape); // [ 64 ]
 */
export class GlobalMaxPooling2D extends GlobalPooling {
  static override readonly table = globalPooling("GlobalMaxPooling2D");
  protected override readonly axes = 2;

  protected override pool({ graph }: CallContext, images: Value): Value {
    const window: Pair = [images.shape[1], images.shape[2]];
    return graph.add(maxPool2d, [images], { poolSize: window, strides: window, pads: [0, 0, 0, 0] });
  }
}
