import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import { Pooling, pooling1D } from "./pooling.js";

/**
 * The largest value of each window.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new MaxPooling1D({ poolSize: 2 }).apply(steps).shape); // [ 50, 16 ]
 */
export class MaxPooling1D extends Pooling {
  static override readonly table = pooling1D("MaxPooling1D");
  protected override readonly op = maxPool2d;
}
