import { multiply } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The product of all inputs.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Multiply().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Multiply extends Merge {
  static override readonly table = mergeTable("Multiply");
  protected override readonly op = multiply;
}
