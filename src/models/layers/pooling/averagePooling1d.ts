import { averagePool2d } from "../../../kernels/pool/averagePool2d.js";
import { Pooling, pooling1D } from "./pooling.js";

/**
 * The mean of each window; of what of it lies on the input, where it is padded, as TensorFlow does.
 * @example
 * const steps = Input({ shape: [100, 16] });
 * console.log(new AveragePooling1D({ poolSize: 2 }).apply(steps).shape); // [ 50, 16 ]
 */
export class AveragePooling1D extends Pooling {
  static override readonly table = pooling1D("AveragePooling1D");
  protected override readonly op = averagePool2d;
}
