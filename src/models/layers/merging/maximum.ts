import { maximum } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The largest of all inputs.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Maximum().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Maximum extends Merge {
  static override readonly table = mergeTable("Maximum");
  protected override readonly op = maximum;
}
