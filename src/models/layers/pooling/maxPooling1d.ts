import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import { Pooling, pooling1D } from "./pooling.js";

/** The largest value of each window. */
export class MaxPooling1D extends Pooling {
  static override readonly table = pooling1D("MaxPooling1D");
  protected override readonly op = maxPool2d;
}
