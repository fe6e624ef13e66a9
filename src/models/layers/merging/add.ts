import { add } from "../../../kernels/elementwise/binary.js";
import type { Value } from "../../../kernels/op.js";
import type { CallContext } from "../layer.js";
import { folded, Merge, mergeTable } from "./merge.js";

/** The sum of all inputs. */
export class Add extends Merge {
  static override readonly table = mergeTable("Add");

  override call(context: CallContext, ...inputs: Value[]): Value {
    return folded(context, add, inputs);
  }
}
