import { maximum } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/** The largest of all inputs. */
export class Maximum extends Merge {
  static override readonly table = mergeTable("Maximum");
  protected override readonly op = maximum;
}
