import type { Value } from "../../../kernels/op.js";
import { globalAveragePool2d } from "../../../kernels/pool/globalAveragePool2d.js";
import type { CallContext } from "../layer.js";
import { GlobalPooling2D, globalPooling2D } from "./globalPooling2d.js";

/** The mean over height and width. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  static override readonly table = globalPooling2D("GlobalAveragePooling2D");

  protected override pool(context: CallContext, input: Value): Value {
    return context.graph.add(globalAveragePool2d, [input], {});
  }
}
