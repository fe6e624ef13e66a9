/** Keras 3's operations of two operands. */
import { add, divide, maximum, minimum, multiply, subtract } from "../../../kernels/elementwise/binary.js";
import { BinaryOperation, binaryTable } from "./binary.js";

/** x1 + x2. */
export class Add extends BinaryOperation {
  static override readonly table = binaryTable("Add");
  protected override readonly op = add;
}

/** x1 − x2. */
export class Subtract extends BinaryOperation {
  static override readonly table = binaryTable("Subtract");
  protected override readonly op = subtract;
}

/** x1 · x2. */
export class Multiply extends BinaryOperation {
  static override readonly table = binaryTable("Multiply");
  protected override readonly op = multiply;
}

/** x1 / x2. */
export class TrueDivide extends BinaryOperation {
  static override readonly table = binaryTable("TrueDivide");
  protected override readonly op = divide;
}

/** The larger of x1 and x2. */
export class Maximum extends BinaryOperation {
  static override readonly table = binaryTable("Maximum");
  protected override readonly op = maximum;
}

/** The smaller of x1 and x2. */
export class Minimum extends BinaryOperation {
  static override readonly table = binaryTable("Minimum");
  protected override readonly op = minimum;
}
