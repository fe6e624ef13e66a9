import { subtract } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/**
 * The first of two inputs minus the second.
 * @example
 * const a = Input({ shape: [28, 28, 64] });
 * const b = Input({ shape: [28, 28, 64] });
 * console.log(new Subtract().apply([a, b]).shape); // [ 28, 28, 64 ]
 */
export class Subtract extends Merge {
  static override readonly table = mergeTable("Subtract");
  protected override readonly op = subtract;

  override get inputCount(): number {
    return 2;
  }
}
