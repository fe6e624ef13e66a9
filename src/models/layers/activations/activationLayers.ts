/** Keras's activation layers without weights, as functions: other layers may have one as their activation. */
import { activationOps } from "../../../kernels/elementwise/activation.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { sampleAxes } from "../arguments.js";
import { emitRelu, emitSoftmax } from "./functions.js";

interface ActivationLayer {
  /** Numbers that it takes. */
  readonly arguments: readonly string[];
  /** Absent arguments have Keras's defaults. */
  emit(g: GraphBuilder, x: Value, given: Readonly<Record<string, number>>): Value;
}

export const activationLayers = {
  ReLU: {
    arguments: ["maxValue", "negativeSlope", "threshold"],
    emit: (g, x, given) => emitRelu(g, x, { negativeSlope: 0, threshold: 0, ...given }),
  },
  LeakyReLU: {
    arguments: ["negativeSlope"],
    emit: (g, x, { negativeSlope = 0.3 }) => g.apply(activationOps.leaky_relu, [x], { negativeSlope })[0],
  },
  ELU: {
    arguments: ["alpha"],
    emit: (g, x, { alpha = 1 }) => g.apply(activationOps.elu, [x], { alpha })[0],
  },
  Softmax: {
    arguments: ["axis"],
    emit: (g, x, { axis = -1 }) =>
      emitSoftmax(g, x, sampleAxes({ name: "softmax" }, [axis], x.shape.slice(1))),
  },
} as const satisfies Readonly<Record<string, ActivationLayer>>;

export type ActivationClass = keyof typeof activationLayers;
