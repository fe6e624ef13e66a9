/** Pooling over windows and over whole pictures. */
import { shapeError } from "../../../errors.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import { globalAveragePool2d } from "../../../kernels/pool/globalAveragePool2d.js";
import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { pair, parsePadding, type Padding, type Pair } from "../config.js";
import { imageShape, Layer, type CallContext, type LayerOptions } from "../layer.js";

export interface MaxPooling2DOptions extends LayerOptions {
  /** Default 2. */
  poolSize?: number | readonly [number, number];
  /** Default: the pool size. */
  strides?: number | readonly [number, number] | null;
  /** Default "valid". */
  padding?: Padding;
}

/** The largest value of each window. Follows keras/src/layers/pooling/max_pooling2d.py. */
export class MaxPooling2D extends Layer {
  override readonly className = "MaxPooling2D";
  private readonly poolSize: Pair;
  private readonly strides: Pair;
  private readonly padding: Padding;

  constructor(options: MaxPooling2DOptions = {}) {
    super("max_pooling2d", options);
    this.poolSize = pair(options.poolSize, [2, 2], `layer ${this.name}: poolSize`);
    this.strides = pair(options.strides ?? undefined, this.poolSize, `layer ${this.name}: strides`);
    this.padding = parsePadding(options.padding, this.name);
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const [oh, ow] = convOutputHW([height, width], this.poolSize, this.strides, this.pads([height, width]));
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(this.poolSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, channels];
  }

  override call(context: CallContext, input: Value): Value {
    const pads = this.pads([input.shape[1], input.shape[2]]);
    return context.graph.add(maxPool2d, [input], { poolSize: this.poolSize, strides: this.strides, pads });
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...this.baseConfig(),
      pool_size: this.poolSize,
      padding: this.padding,
      strides: this.strides,
      data_format: "channels_last",
    };
  }

  private pads(size: Pair) {
    return resolvePads(this.padding, size, this.poolSize, this.strides);
  }
}

abstract class GlobalPooling2D extends Layer {
  constructor(
    kind: string,
    private readonly keepdims: boolean,
    options: LayerOptions,
  ) {
    super(kind, options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = imageShape(this, input);
    return this.keepdims ? [1, 1, channels] : [channels];
  }

  override call(context: CallContext, input: Value): Value {
    const pooled = this.pool(context, input);
    const shape = [input.shape[0], ...this.computeOutputShape(input.shape.slice(1))];
    return context.graph.add(reshape, [pooled], { shape });
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), data_format: "channels_last", keepdims: this.keepdims };
  }

  protected abstract pool(context: CallContext, input: Value): Value;
}

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Keep the pooled axes as ones. Default false. */
  keepdims?: boolean;
}

/** The mean over height and width. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  override readonly className = "GlobalAveragePooling2D";

  constructor(options: GlobalPooling2DOptions = {}) {
    super("global_average_pooling2d", options.keepdims ?? false, options);
  }

  protected override pool(context: CallContext, input: Value): Value {
    return context.graph.add(globalAveragePool2d, [input], {});
  }
}

/** The largest value over height and width. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  override readonly className = "GlobalMaxPooling2D";

  constructor(options: GlobalPooling2DOptions = {}) {
    super("global_max_pooling2d", options.keepdims ?? false, options);
  }

  protected override pool(context: CallContext, input: Value): Value {
    const window: Pair = [input.shape[1], input.shape[2]];
    return context.graph.add(maxPool2d, [input], { poolSize: window, strides: window, pads: [0, 0, 0, 0] });
  }
}
