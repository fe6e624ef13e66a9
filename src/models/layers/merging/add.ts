import { add } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The sum of all inputs.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Add().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Add extends Merge {
  static override readonly table = mergeTable("Add");
  protected override readonly op = add;
}
