import { add } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/** The sum of all inputs. */
export class Add extends Merge {
  static override readonly table = mergeTable("Add");
  protected override readonly op = add;
}
