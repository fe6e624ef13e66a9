import { subtract } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/** The first of two inputs minus the second. */
export class Subtract extends Merge {
  static override readonly table = mergeTable("Subtract");
  protected override readonly op = subtract;

  override get inputCount(): number {
    return 2;
  }
}
