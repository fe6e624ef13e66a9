import { multiply } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/** The product of all inputs. */
export class Multiply extends Merge {
  static override readonly table = mergeTable("Multiply");
  protected override readonly op = multiply;
}
