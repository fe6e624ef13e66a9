import { averagePool2d } from "../../../kernels/pool/averagePool2d.js";
import { Pooling, pooling2D } from "./pooling.js";

/**
 * The mean of each window; of what of it lies on the input, where it is padded, as TensorFlow does.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new AveragePooling2D({ poolSize: 2 }).apply(maps).shape); // [ 14, 14, 64 ]
 */
export class AveragePooling2D extends Pooling {
  static override readonly table = pooling2D("AveragePooling2D");
  protected override readonly op = averagePool2d;
}
