import { minimum } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The smallest of all inputs.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Minimum().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Minimum extends Merge {
  static override readonly table = mergeTable("Minimum");
  protected override readonly op = minimum;
}
