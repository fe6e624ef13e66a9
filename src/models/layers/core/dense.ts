import { shapeError } from "../../../errors.js";
import { matMul } from "../../../kernels/gemm/matMul.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag, positiveInteger } from "../../../options/checks.js";
import { nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, sizeOf, type Shape } from "../../../tensor.js";
import { initializer, type Initializer } from "../../initializers.js";
import {
  activatedShape,
  activation,
  emitActivation,
  type ActivationOption,
} from "../activations/activation.js";
import { weightFields, type WeightOptions } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface DenseOptions extends LayerOptions, WeightOptions {
  /** Size of the output. */
  units: number;
  /** Default "linear". */
  activation?: ActivationOption | null;
  /** Default true. */
  useBias?: boolean;
  /** Size of the input, where this layer is a Sequential's first. */
  inputDim?: number | null;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

const table = layerOptions<DenseOptions>("Dense").fields({
  units: required(positiveInteger),
  activation: nullable(optional(activation, "linear")),
  useBias: optional(flag, true),
  inputDim: nullable(optional(positiveInteger, undefined, { keras: null })),
  kernelInitializer: optional(initializer, "GlorotUniform"),
  biasInitializer: optional(initializer, "Zeros"),
  ...weightFields,
});

/**
 * activation(x · kernel + bias) along the last axis: (n, …, k) → (n, …, units). Follows keras/src/layers/core/dense.py.
 * @example
 * const model = new Sequential([
 *   new Dense({ units: 256, activation: "relu", inputDim: 512 }),
 *   new Dense({ units: 10, activation: "softmax" }),
 * ]);
 * console.log(model.outputShape); // [ 10 ]
 */
export class Dense extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DenseOptions) {
    super(options);
  }

  override get inputShape(): Shape | undefined {
    const { inputDim } = this.args;
    return inputDim === undefined ? super.inputShape : [inputDim];
  }

  override computeOutputShape(input: Shape): Shape {
    const { units, activation } = this.args;
    if (input.length > 0)
      return activatedShape(`layer ${this.name}`, activation, [...input.slice(0, -1), units]);
    throw shapeError(`layer ${this.name}`, "an input (…, features)", formatShape(input));
  }

  protected override createWeights(input: Shape): void {
    const { units, useBias, kernelInitializer, biasInitializer } = this.args;
    this.addWeight("kernel", [input.at(-1)!, units], kernelInitializer);
    if (useBias) this.addWeight("bias", [units], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const attrs = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const isMatrix = input.shape.length === 2;
    const rows = [sizeOf(input.shape.slice(0, -1)), input.shape.at(-1)!];
    const x = isMatrix ? input : graph.add(reshape, [input], { shape: rows });
    const z = this.withBias(context, graph.add(matMul, [x, this.weight(context, "kernel")], attrs));
    const shape = [...input.shape.slice(0, -1), this.args.units];
    return emitActivation(context, this.args.activation, isMatrix ? z : graph.add(reshape, [z], { shape }));
  }
}
