import { minimum } from "../../../kernels/elementwise/binary.js";
import { Merge, mergeTable } from "./merge.js";

/** The smallest of all inputs. */
export class Minimum extends Merge {
  static override readonly table = mergeTable("Minimum");
  protected override readonly op = minimum;
}
