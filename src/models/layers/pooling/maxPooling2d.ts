import { shapeError } from "../../../errors.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import type { Value } from "../../../kernels/op.js";
import { maxPool2d } from "../../../kernels/pool/maxPool2d.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { channelsLast, padding, pair, type Padding, type Pair } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface MaxPooling2DOptions extends LayerOptions {
  /** Default 2. */
  poolSize?: number | readonly [number, number];
  /** Default: the pool size. */
  strides?: number | readonly [number, number] | null;
  /** Default "valid". */
  padding?: Padding;
}

const table = layerOptions<MaxPooling2DOptions>("MaxPooling2D").fields(
  {
    poolSize: optional(pair, 2),
    strides: nullable(optional(pair)),
    padding: optional(padding, "valid"),
  },
  channelsLast,
);

/** The largest value of each window. Follows keras/src/layers/pooling/max_pooling2d.py. */
export class MaxPooling2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;
  private readonly strides: Pair;

  constructor(options?: MaxPooling2DOptions) {
    super(options);
    this.strides = this.args.strides ??= this.args.poolSize;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const { poolSize } = this.args;
    const [oh, ow] = convOutputHW([height, width], poolSize, this.strides, this.pads([height, width]));
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(poolSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, channels];
  }

  override call(context: CallContext, input: Value): Value {
    const { poolSize } = this.args;
    const pads = this.pads([input.shape[1], input.shape[2]]);
    return context.graph.add(maxPool2d, [input], { poolSize, strides: this.strides, pads });
  }

  private pads(size: Pair) {
    return resolvePads(this.args.padding, size, this.args.poolSize, this.strides);
  }
}
