import { shapeError } from "../../../errors.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import type { Op, Value } from "../../../kernels/op.js";
import type { Pool2dAttrs } from "../../../kernels/pool/pool2d.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { channelsLast, padding, pair, type Padding, type Pair } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface Pooling2DOptions extends LayerOptions {
  /** Default 2. */
  poolSize?: number | readonly [number, number];
  /** Default: the pool size. */
  strides?: number | readonly [number, number] | null;
  /** Default "valid". */
  padding?: Padding;
}

export const pooling2D = (className: string) =>
  layerOptions<Pooling2DOptions>(className).fields(
    {
      poolSize: optional(pair, 2),
      strides: nullable(optional(pair)),
      padding: optional(padding, "valid"),
    },
    channelsLast,
  );

/** What pools windows of an image. Follows keras/src/layers/pooling/base_pooling.py. */
export abstract class Pooling2D extends Layer<Arguments<ReturnType<typeof pooling2D>>> {
  protected abstract readonly op: Op<Pool2dAttrs>;
  private readonly strides: Pair;

  constructor(options?: Pooling2DOptions) {
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
    return context.graph.add(this.op, [input], { poolSize, strides: this.strides, pads });
  }

  private pads(size: Pair) {
    return resolvePads(this.args.padding, size, this.args.poolSize, this.strides);
  }
}
