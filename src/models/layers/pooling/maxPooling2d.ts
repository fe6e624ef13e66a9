import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import { Pooling, pooling2D } from "./pooling.js";

/**
 * The largest value of each window.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new MaxPooling2D({ poolSize: 2 }).apply(maps).shape); // [ 14, 14, 64 ]
 */
export class MaxPooling2D extends Pooling {
  static override readonly table = pooling2D("MaxPooling2D");
  protected override readonly op = maxPool2d;
}
