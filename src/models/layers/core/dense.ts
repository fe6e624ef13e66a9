import { shapeError } from "../../../errors.js";
import { matMul } from "../../../kernels/gemm/matMul.js";
import type { Value } from "../../../kernels/op.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializerConfig, type Initializer } from "../../initializers.js";
import { emitActivation, parseActivation, type ActivationName } from "../activations/activation.js";
import { initializerJson } from "../config.js";
import { Layer, type CallContext, type LayerOptions } from "../layer.js";

export interface DenseOptions extends LayerOptions {
  /** Size of the output. */
  units: number;
  /** Default "linear". */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Size of the input, where this layer is a Sequential's first. */
  inputDim?: number;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

/** activation(x · kernel + bias): (n, k) → (n, units). Follows keras/src/layers/core/dense.py. */
export class Dense extends Layer {
  override readonly className = "Dense";
  readonly inputShape?: Shape;
  private readonly activation: ActivationName;
  private readonly useBias: boolean;

  constructor(private readonly options: DenseOptions) {
    super("dense", options);
    this.activation = parseActivation(options.activation);
    this.useBias = options.useBias ?? true;
    if (!Number.isInteger(options.units) || options.units < 1) {
      throw shapeError(`layer ${this.name}`, "units that are a positive whole number", String(options.units));
    }
    if (options.inputDim) this.inputShape = [options.inputDim];
  }

  override computeOutputShape(input: Shape): Shape {
    if (input.length !== 1) {
      throw shapeError(
        `layer ${this.name}`,
        "an input (features,); put a Flatten before it",
        formatShape(input),
      );
    }
    return [this.options.units];
  }

  protected override createWeights([features]: Shape): void {
    this.addWeight(
      "kernel",
      [features, this.options.units],
      this.options.kernelInitializer ?? "GlorotUniform",
    );
    if (this.useBias) this.addWeight("bias", [this.options.units], this.options.biasInitializer ?? "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    const attrs = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const z = context.graph.add(matMul, [input, this.weight(context, "kernel")], attrs);
    return emitActivation(context, this.activation, this.useBias ? this.addBias(context, z) : z);
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...this.baseConfig(),
      units: this.options.units,
      activation: this.activation,
      use_bias: this.useBias,
      kernel_initializer: initializerJson(
        initializerConfig(this.options.kernelInitializer ?? "GlorotUniform"),
      ),
      bias_initializer: initializerJson(initializerConfig(this.options.biasInitializer ?? "Zeros")),
      ...noRegularization,
    };
  }
}

/** Keras's arguments that wgraft does not have, at their defaults. */
export const noRegularization = {
  kernel_regularizer: null,
  bias_regularizer: null,
  activity_regularizer: null,
  kernel_constraint: null,
  bias_constraint: null,
};
