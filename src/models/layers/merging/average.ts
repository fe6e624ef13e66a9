import { add } from "../../../kernels/elementwise/binary.js";
import { scale } from "../../../kernels/elementwise/elementwise.js";
import type { Value } from "../../../kernels/op.js";
import type { CallContext } from "../layer.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The mean of all inputs.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Average().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Average extends Merge {
  static override readonly table = mergeTable("Average");
  protected override readonly op = add;

  override call(context: CallContext, ...inputs: Value[]): Value {
    return context.graph.add(scale, [super.call(context, ...inputs)], { factor: 1 / inputs.length });
  }
}
