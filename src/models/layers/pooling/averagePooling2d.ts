import { averagePool2d } from "../../../kernels/pool/averagePool2d.js";
import { Pooling2D, pooling2D } from "./pooling2d.js";

/** The mean of each window; of what of it lies on the image, where it is padded, as TensorFlow does. */
export class AveragePooling2D extends Pooling2D {
  static override readonly table = pooling2D("AveragePooling2D");
  protected override readonly op = averagePool2d;
}
