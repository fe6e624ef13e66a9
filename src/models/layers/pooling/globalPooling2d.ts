import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Keep the pooled axes as ones. Default false. */
  keepdims?: boolean;
}

export const globalPooling2D = (className: string) =>
  layerOptions<GlobalPooling2DOptions>(className).fields({ keepdims: optional(flag, false) }, channelsLast);

/** What pools over height and width. */
export abstract class GlobalPooling2D extends Layer<Arguments<ReturnType<typeof globalPooling2D>>> {
  constructor(options?: GlobalPooling2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = imageShape(this, input);
    return this.args.keepdims ? [1, 1, channels] : [channels];
  }

  override call(context: CallContext, input: Value): Value {
    const pooled = this.pool(context, input);
    const shape = [input.shape[0], ...this.computeOutputShape(input.shape.slice(1))];
    return context.graph.add(reshape, [pooled], { shape });
  }

  protected abstract pool(context: CallContext, input: Value): Value;
}
