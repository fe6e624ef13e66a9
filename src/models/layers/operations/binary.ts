import { keras3Constant, nestedLists, type Constant } from "../../../io/keras/constants.js";
import { Variable } from "../../../graph/variable.js";
import { shapeError, WgraftError } from "../../../errors.js";
import { broadcastShape } from "../../../kernels/common/broadcast.js";
import type { Op, Value } from "../../../kernels/op.js";
import { check } from "../../../options/checks.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import type { CallContext } from "../layer.js";
import { layerOptions } from "../layerOptions.js";
import { vector } from "../preprocessing/numbers.js";
import { hasKeys, Operation, operationFields, type Keras2Call, type OperationOptions } from "./operation.js";

export interface BinaryOptions extends OperationOptions {
  /** The first operand, where it is a constant. Default: a tensor. */
  x1?: number | Constant | null;
  /** The second operand, where it is a constant. Default: a tensor. */
  x2?: number | Constant | null;
}

const constant = nullable(
  optional(
    check<number | Constant>("a number, or a constant", (value) => {
      return typeof value === "number" ? Number.isFinite(value) : hasKeys(value, "shape", "values", "kind");
    }),
  ),
);

export const binaryTable = (className: string) =>
  layerOptions<BinaryOptions>(className).fields({ x1: constant, x2: constant, ...operationFields });

type BinaryArguments = Arguments<ReturnType<typeof binaryTable>>;

/** One operation of two operands, a tensor or a constant each, after keras/src/ops/numpy.py. They are broadcast as NumPy's. */
export abstract class BinaryOperation extends Operation<BinaryArguments> {
  protected abstract readonly op: Op<object>;
  private readonly operands: readonly (Constant | undefined)[];
  /** The values of constants of more than one number. */
  private readonly variables = new Map<Constant, Variable>();

  constructor(options?: BinaryOptions) {
    super(options);
    this.operands = [this.args.x1, this.args.x2].map((operand) =>
      typeof operand === "number" ? { shape: [], values: [operand], kind: "plain" } : operand,
    );
    if (this.inputCount === 0)
      throw new WgraftError(
        "usage",
        `layer ${this.name}: both operands are constants, where a tensor is needed`,
      );
  }

  get constants(): readonly Constant[] {
    return this.operands.filter((operand) => operand !== undefined);
  }

  override get inputCount(): number {
    return this.operands.filter((operand) => operand === undefined).length;
  }

  override computeOutputShape(...inputs: Shape[]): Shape {
    const rest = [...inputs];
    const rank = inputs[0].length;
    const [first, second] = this.operands.map((operand) =>
      operand ? sampleShape(operand, rank) : rest.shift()!,
    );
    // NumPy would lay the batch axis of one along another axis of the other.
    const isGood =
      inputs.every(({ length }) => length === rank) && first.length <= rank && second.length <= rank;
    if (isGood) return broadcastShape(`layer ${this.name}`, first, second);
    const [expected, got] = [first, second].map((shape) => formatShape([null, ...shape]));
    throw shapeError(`layer ${this.name}`, `operands with as many axes as ${expected}`, got);
  }

  override call(context: CallContext, ...inputs: Value[]): Value {
    const rest = [...inputs];
    const values = this.operands.map((operand) =>
      operand ? this.constant(context, operand) : rest.shift()!,
    );
    return context.graph.add(this.op, values, {});
  }

  override keras3Arguments(tensors: readonly unknown[]): unknown[] {
    return this.withConstants(tensors, keras3Constant);
  }

  override keras2Call(tensors: readonly unknown[]): Keras2Call {
    const [first, second] = this.withConstants(tensors, nestedLists);
    const isBias = this.tfFunction === "nn.bias_add";
    const kwargs = isBias ? { bias: second, data_format: "NHWC" } : { y: second };
    return { first, kwargs: { ...kwargs, name: null } };
  }

  private withConstants(tensors: readonly unknown[], written: (operand: Constant) => unknown): unknown[] {
    const rest = [...tensors];
    return this.operands.map((operand) => (operand ? written(operand) : rest.shift()));
  }

  private constant({ graph }: CallContext, operand: Constant): Value {
    const { shape, values } = operand;
    if (values.length === 1) return vector(graph, values);
    let variable = this.variables.get(operand);
    if (!variable) {
      variable = new Variable(`${this.name}/constant`, shape, () => Float32Array.from(values));
      this.variables.set(operand, variable);
    }
    return graph.variable(variable);
  }
}

/** A constant's shape without the batch axis, where it has that. */
function sampleShape({ shape }: Constant, rank: number): Shape {
  return shape.length === rank + 1 && shape[0] === 1 ? shape.slice(1) : shape;
}
