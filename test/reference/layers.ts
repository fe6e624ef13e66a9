/**
 * Layers in float64 with their gradients, put together from the references of the ops: enough of a network to train it
 * beside the real one. Each op's gradient is held to finite differences where the op is tested.
 */
import { sizeOf, type Shape } from "../../src/tensor.js";
import { activationDerivatives, activations, type Activation as ActivationName } from "./activation.js";
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from "./conv2d.js";
import { matMul } from "./matMul.js";
import { maxPool2d, maxPool2dGrad, pooledShape } from "./maxPool2d.js";
import { sumRows } from "./sumRows.js";

/** What flows between layers; the first axis is the batch. */
export interface Activation {
  readonly values: Float64Array;
  readonly shape: Shape;
}

export interface Gradients {
  /** By the layer's input; absent where it was not asked for. */
  readonly dx?: Float64Array;
  /** By each of the layer's weights, in their order. */
  readonly weights: readonly Float64Array[];
}

/** A layer's output, and the way back from it. */
export interface Forward {
  readonly y: Activation;
  readonly backward: (dy: Float64Array, needsDx: boolean) => Gradients;
}

export interface ReferenceLayer {
  /** Changed in place by training. */
  readonly weights: readonly Float64Array[];
  /** @param step the number of the training step, from 0, which random masks follow from; absent outside training */
  forward(x: Activation, step?: number): Forward;
}

/** Adds a bias to each row, then applies an activation. `backward` gives the gradient before both. */
function biasAndActivation(z: Float64Array, bias: Float64Array, name: ActivationName) {
  const [activation, derivative] = [activations[name], activationDerivatives[name]];
  const y = z.map((value, i) => activation(value + bias[i % bias.length]));
  return { y, backward: (dy: Float64Array) => dy.map((value, i) => value * derivative(y[i])) };
}

/** A 3×3 convolution with padding "same", bias and ReLU. @param kernel (3, 3, in, out) */
export function conv3x3(kernel: Float64Array, bias: Float64Array): ReferenceLayer {
  const filters = bias.length;
  const kernelShape = [3, 3, kernel.length / (9 * filters), filters];
  const geometry = [
    [1, 1],
    [1, 1, 1, 1],
  ] as const;
  return {
    weights: [kernel, bias],
    forward({ values: x, shape: xShape }) {
      const shape = [...xShape.slice(0, 3), filters];
      const z = conv2d(x, xShape, kernel, kernelShape, ...geometry, sizeOf(shape));
      const { y: values, backward } = biasAndActivation(z, bias, "relu");
      return {
        y: { values, shape },
        backward(dy, needsDx) {
          const dz = backward(dy);
          return {
            dx: needsDx ? conv2dBackpropInput(xShape, kernel, kernelShape, ...geometry, dz) : undefined,
            weights: [conv2dBackpropFilter(x, xShape, kernelShape, ...geometry, dz), sumRows(dz, filters)],
          };
        },
      };
    },
  };
}

/** The maximum of each 2×2 window. */
export function maxPool2x2(): ReferenceLayer {
  const attrs = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;
  return {
    weights: [],
    forward({ values: x, shape }) {
      const { y: values, argmax } = maxPool2d(x, shape, attrs);
      return {
        y: { values, shape: pooledShape(shape, attrs) },
        backward: (dy) => ({ dx: maxPool2dGrad(dy, argmax, shape, attrs), weights: [] }),
      };
    },
  };
}

/** A dense layer on all values of a sample. @param kernel (inputs, units) */
export function dense(kernel: Float64Array, bias: Float64Array, activation: ActivationName): ReferenceLayer {
  const n = bias.length;
  const k = kernel.length / n;
  return {
    weights: [kernel, bias],
    forward({ values: x, shape: [m] }) {
      const { y: values, backward } = biasAndActivation(matMul(x, kernel, { m, k, n }), bias, activation);
      return {
        y: { values, shape: [m, n] },
        backward(dy) {
          const dz = backward(dy);
          return {
            dx: matMul(dz, kernel, { m, k: n, n: k }, { transposeB: true }),
            weights: [matMul(x, dz, { m: k, k: m, n }, { transposeA: true }), sumRows(dz, n)],
          };
        },
      };
    },
  };
}

/** Dropout by the mask of each step: the factor of every value. Passes values on outside training. */
export function dropout(maskOf: (elements: number, step: number) => Float64Array): ReferenceLayer {
  return {
    weights: [],
    forward({ values: x, shape }, step) {
      const mask = step === undefined ? x.map(() => 1) : maskOf(x.length, step);
      return {
        y: { values: x.map((value, i) => value * mask[i]), shape },
        backward: (dy) => ({ dx: dy.map((value, i) => value * mask[i]), weights: [] }),
      };
    },
  };
}

/** Layers one after the other, as one layer. */
export function chain(layers: readonly ReferenceLayer[]): ReferenceLayer {
  return {
    weights: layers.flatMap((layer) => layer.weights),
    forward(x, step) {
      const passed: Forward[] = [];
      for (const layer of layers) passed.push(layer.forward(passed.at(-1)?.y ?? x, step));
      return {
        y: passed.at(-1)?.y ?? x,
        backward(dy, needsDx) {
          let dx: Float64Array | undefined = dy;
          const weights: Float64Array[] = [];
          for (let i = passed.length - 1; i >= 0; i--) {
            const gradients: Gradients = passed[i].backward(dx!, needsDx || i > 0);
            weights.unshift(...gradients.weights);
            dx = gradients.dx;
          }
          return { dx, weights };
        },
      };
    },
  };
}
