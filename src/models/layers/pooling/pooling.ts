/** What pools windows, along one axis or along two. */
import { shapeError } from "../../../errors.js";
import { convOutputHW, resolvePads, type Size2d } from "../../../kernels/common/window2d.js";
import type { Op, Value } from "../../../kernels/op.js";
import type { Pool2dAttrs } from "../../../kernels/pool/pool2d.js";
import type { Check } from "../../../options/checks.js";
import { nullable, optional } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { channelsLast, padding, pair, single, type Padding } from "../arguments.js";
import { asImageShape, fromImageShape, onImages, pairOf, type Extent } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerArguments, type LayerOptions } from "../layerOptions.js";

/** @typeParam E an extent: a number, or a number or a pair */
export interface PoolingOptions<E> extends LayerOptions {
  /** Default 2. */
  poolSize?: E;
  /** Default: the pool size. */
  strides?: E | null;
  /** Default "valid". */
  padding?: Padding;
}

export type Pooling1DOptions = PoolingOptions<number>;
export type Pooling2DOptions = PoolingOptions<number | readonly [number, number]>;

function poolingFields<In, Out>(extent: Check<In, Out>, two: NoInfer<In>) {
  return {
    poolSize: optional<In, Out>(extent, two),
    strides: nullable(optional<In, Out>(extent)),
    padding: optional(padding, "valid"),
  };
}

export const pooling1D = (className: string) =>
  layerOptions<Pooling1DOptions>(className).fields(poolingFields(single, 2), channelsLast);

export const pooling2D = (className: string) =>
  layerOptions<Pooling2DOptions>(className).fields(poolingFields(pair, 2), channelsLast);

interface PoolingArguments extends LayerArguments {
  poolSize: Extent;
  strides?: Extent;
  padding: Padding;
}

/** What pools windows of an image or of a sequence. Follows keras/src/layers/pooling/base_pooling.py. */
export abstract class Pooling extends Layer<PoolingArguments> {
  protected abstract readonly op: Op<Pool2dAttrs>;

  constructor(options?: Pooling1DOptions | Pooling2DOptions) {
    super(options);
    this.args.strides ??= this.args.poolSize;
  }

  private get axes(): 1 | 2 {
    return typeof this.args.poolSize === "number" ? 1 : 2;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = asImageShape(this, this.axes, input);
    const { poolSize, strides, pads } = this.windowOn([height, width]);
    const [oh, ow] = convOutputHW([height, width], poolSize, strides, pads);
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape([this.args.poolSize].flat())}`,
        formatShape(input),
      );
    }
    return fromImageShape(this.axes, [oh, ow, channels]);
  }

  override call({ graph }: CallContext, input: Value): Value {
    return onImages(graph, input, (images) =>
      graph.add(this.op, [images], this.windowOn([images.shape[1], images.shape[2]])),
    );
  }

  private windowOn(size: Size2d): Pool2dAttrs {
    const poolSize = pairOf(this.args.poolSize);
    const strides = pairOf(this.args.strides!);
    return { poolSize, strides, pads: resolvePads(this.args.padding, size, poolSize, strides) };
  }
}
