import { shapeError } from "../../../errors.js";
import { conv2d } from "../../../kernels/conv/conv2d.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import type { Value } from "../../../kernels/op.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializerConfig, type Initializer } from "../../initializers.js";
import { emitActivation, parseActivation, type ActivationName } from "../activations/activation.js";
import { initializerJson, pair, parsePadding, type Padding, type Pair } from "../config.js";
import { noRegularization } from "../core/dense.js";
import { imageShape, Layer, type CallContext, type LayerOptions } from "../layer.js";

export interface Conv2DOptions extends LayerOptions {
  /** Channels of the output. */
  filters: number;
  /** Height and width of the window. */
  kernelSize: number | readonly [number, number];
  /** Default 1. */
  strides?: number | readonly [number, number];
  /** Default "valid". */
  padding?: Padding;
  /** Default "linear". */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** (height, width, channels), where this layer is a Sequential's first. */
  inputShape?: Shape;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

/**
 * 2-D convolution of NHWC pictures with a kernel (height, width, in, out), then bias and activation.
 * Follows keras/src/layers/convolutional/conv2d.py.
 */
export class Conv2D extends Layer {
  override readonly className = "Conv2D";
  readonly inputShape?: Shape;
  private readonly kernelSize: Pair;
  private readonly strides: Pair;
  private readonly padding: Padding;
  private readonly activation: ActivationName;
  private readonly useBias: boolean;

  constructor(private readonly options: Conv2DOptions) {
    super("conv2d", options);
    this.kernelSize = pair(options.kernelSize, [1, 1], `layer ${this.name}: kernelSize`);
    this.strides = pair(options.strides, [1, 1], `layer ${this.name}: strides`);
    this.padding = parsePadding(options.padding, this.name);
    this.activation = parseActivation(options.activation);
    this.useBias = options.useBias ?? true;
    this.inputShape = options.inputShape;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width] = imageShape(this, input);
    const pads = resolvePads(this.padding, [height, width], this.kernelSize, this.strides);
    const [oh, ow] = convOutputHW([height, width], this.kernelSize, this.strides, pads);
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(this.kernelSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, this.options.filters];
  }

  protected override createWeights(input: Shape): void {
    const { filters, kernelInitializer, biasInitializer } = this.options;
    this.addWeight("kernel", [...this.kernelSize, input[2], filters], kernelInitializer ?? "GlorotUniform");
    if (this.useBias) this.addWeight("bias", [filters], biasInitializer ?? "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    const pads = resolvePads(this.padding, [input.shape[1], input.shape[2]], this.kernelSize, this.strides);
    const attrs = { strides: this.strides, pads, activation: "linear" } as const;
    const z = context.graph.add(conv2d, [input, this.weight(context, "kernel")], attrs);
    return emitActivation(context, this.activation, this.useBias ? this.addBias(context, z) : z);
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...this.baseConfig(),
      filters: this.options.filters,
      kernel_size: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      data_format: "channels_last",
      dilation_rate: [1, 1],
      groups: 1,
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
