import type { Value } from "../../../kernels/op.js";
import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import type { Pair } from "../arguments.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling2D, globalPooling2D } from "./globalPooling2d.js";

/** The largest value over height and width. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  static override readonly table = globalPooling2D("GlobalMaxPooling2D");

  protected override pool(context: CallContext, input: Value): Value {
    const window: Pair = [input.shape[1], input.shape[2]];
    return context.graph.add(maxPool2d, [input], { poolSize: window, strides: window, pads: [0, 0, 0, 0] });
  }
}
