/** Arithmetic of two tensors, with NumPy's broadcasting. */
import binarySource from "../../../wgsl/elementwise/binary.wgsl";
import { broadcastShape } from "../common/broadcast.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { broadcastStrides, launchStrided, stridedKernel } from "../common/strided.js";
import { defineOp, specOf, type GraphBuilder, type Op, type Value } from "../op.js";
import { sumToLike } from "../shape/broadcastTo.js";
import { relu } from "./activation.js";
import { scale } from "./elementwise.js";

/** Values of `override operation` in wgsl/elementwise/binary.wgsl. */
const operations = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  maximum: 4,
  minimum: 5,
  greater_equal: 6,
  prelu: 7,
  prelu_slope: 8,
  add_relu: 9,
} as const;

const binaryKernel = stridedKernel("elementwise_binary", binarySource, ["a", "b"]);

/** Gradients of a and b at every place of the result; they are summed to the shapes of a and b afterwards. */
interface Rules {
  a(g: GraphBuilder, dy: Value, a: Value, b: Value): Value;
  b(g: GraphBuilder, dy: Value, a: Value, b: Value): Value;
}

function defineBinary(name: keyof typeof operations, rules?: Rules): Op<NoAttrs> {
  return defineOp<NoAttrs>({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      const dtypes = [expectFloat(name, "a", inputs[0]), expectFloat(name, "b", inputs[1])];
      const shape = broadcastShape(name, inputs[0].shape, inputs[1].shape);
      return [specOf(shape, dtypes.includes("float16") ? "float16" : "float32")];
    },
    lower(ctx, [a, b], [y]) {
      launchStrided(ctx, {
        op: name,
        kernel: binaryKernel,
        result: y!,
        inputs: {
          a: { operand: a, strides: broadcastStrides(a.shape, y!.shape) },
          b: { operand: b, strides: broadcastStrides(b.shape, y!.shape) },
        },
        constants: { operation: operations[name] },
        flopsPerElement: 1,
      });
    },
    ...(rules && {
      vjp: (g, dy, { inputs: [a, b] }) => [
        () => sumToLike(g, rules.a(g, dy, a, b), a),
        () => sumToLike(g, rules.b(g, dy, a, b), b),
      ],
    }),
  });
}

const negated = (g: GraphBuilder, x: Value) => g.apply(scale, [x], { factor: -1 })[0];
const of = (g: GraphBuilder, op: Op<NoAttrs>, a: Value, b: Value) => g.apply(op, [a, b], {})[0];

// Shapes of a and b broadcast together, as NumPy's; a result is float16 where one of the two is.

/** a + b. */
export const add = defineBinary("add", { a: (_, dy) => dy, b: (_, dy) => dy });

/** relu(a + b), which a rewrite rule makes of the two: differentiated before. */
export const addRelu = defineBinary("add_relu");

/** a - b. */
export const subtract = defineBinary("subtract", { a: (_, dy) => dy, b: negated });

/** a · b, elementwise. */
export const multiply: Op<NoAttrs> = defineBinary("multiply", {
  a: (g, dy, _a, b) => of(g, multiply, dy, b),
  b: (g, dy, a) => of(g, multiply, dy, a),
});

/** a / b, elementwise. */
export const divide: Op<NoAttrs> = defineBinary("divide", {
  a: (g, dy, _a, b) => of(g, divide, dy, b),
  b: (g, dy, a, b) => negated(g, of(g, divide, of(g, multiply, dy, a), of(g, multiply, b, b))),
});

/** 1 where a ≥ b, else 0. Not differentiable. */
export const greaterEqual = defineBinary("greater_equal");

/** The larger of a and b, elementwise. Where they are equal, the gradient is a's, as in TensorFlow. */
export const maximum = defineBinary("maximum", {
  a: (g, dy, a, b) => of(g, multiply, dy, of(g, greaterEqual, a, b)),
  b: (g, dy, a, b) => of(g, subtract, dy, of(g, multiply, dy, of(g, greaterEqual, a, b))),
});

/** The smaller of a and b, elementwise. Where they are equal, the gradient is a's, as in TensorFlow. */
export const minimum = defineBinary("minimum", {
  a: (g, dy, a, b) => of(g, multiply, dy, of(g, greaterEqual, b, a)),
  b: (g, dy, a, b) => of(g, subtract, dy, of(g, multiply, dy, of(g, greaterEqual, b, a))),
});

/** 1 where x is above 0, else alpha. Not differentiable. */
const preluSlope = defineBinary("prelu_slope");

/** x where it is above 0, else alpha · x. */
export const prelu = defineBinary("prelu", {
  a: (g, dy, x, alpha) => of(g, multiply, dy, of(g, preluSlope, x, alpha)),
  // dy · min(x, 0)
  b: (g, dy, x) => of(g, multiply, dy, of(g, subtract, x, g.apply(relu, [x], {})[0])),
});
