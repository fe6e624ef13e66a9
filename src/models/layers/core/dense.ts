import { shapeError } from "../../../errors.js";
import { matMul } from "../../../kernels/gemm/matMul.js";
import type { Value } from "../../../kernels/op.js";
import { flag, positiveInteger } from "../../../options/checks.js";
import { nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializer, type Initializer } from "../../initializers.js";
import { activation, emitActivation, type ActivationName } from "../activations/activation.js";
import { regularization } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface DenseOptions extends LayerOptions {
  /** Size of the output. */
  units: number;
  /** Default "linear". */
  activation?: ActivationName | null;
  /** Default true. */
  useBias?: boolean;
  /** Size of the input, where this layer is a Sequential's first. */
  inputDim?: number | null;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

const table = layerOptions<DenseOptions>("Dense").fields(
  {
    units: required(positiveInteger),
    activation: nullable(optional(activation, "linear")),
    useBias: optional(flag, true),
    inputDim: nullable(optional(positiveInteger, undefined, { keras: null })),
    kernelInitializer: optional(initializer, "GlorotUniform"),
    biasInitializer: optional(initializer, "Zeros"),
  },
  regularization,
);

/** activation(x · kernel + bias): (n, k) → (n, units). Follows keras/src/layers/core/dense.py. */
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
    if (input.length !== 1) {
      throw shapeError(
        `layer ${this.name}`,
        "an input (features,); put a Flatten before it",
        formatShape(input),
      );
    }
    return [this.args.units];
  }

  protected override createWeights([features]: Shape): void {
    const { units, useBias, kernelInitializer, biasInitializer } = this.args;
    this.addWeight("kernel", [features, units], kernelInitializer);
    if (useBias) this.addWeight("bias", [units], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const attrs = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const z = context.graph.add(matMul, [input, this.weight(context, "kernel")], attrs);
    return emitActivation(context, this.args.activation, this.withBias(context, z));
  }
}
