/** What pools all of an image or of a sequence. */
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { channelsLast } from "../arguments.js";
import { asImageShape, fromImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface GlobalPoolingOptions extends LayerOptions {
  /** Keep the pooled axes as ones. Default false. */
  keepdims?: boolean;
}

export const globalPooling = (className: string) =>
  layerOptions<GlobalPoolingOptions>(className).fields({ keepdims: optional(flag, false) }, channelsLast);

export abstract class GlobalPooling extends Layer<Arguments<ReturnType<typeof globalPooling>>> {
  /** Spatial axes of a sample. */
  protected abstract readonly axes: 1 | 2;

  constructor(options?: GlobalPoolingOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [, , channels] = asImageShape(this, this.axes, input);
    return this.args.keepdims ? fromImageShape(this.axes, [1, 1, channels]) : [channels];
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const [n, ...sample] = input.shape;
    const image = [n, ...asImageShape(this, this.axes, sample)];
    const pooled = this.pool(
      context,
      this.axes === 2 ? input : graph.add(reshape, [input], { shape: image }),
    );
    return graph.add(reshape, [pooled], { shape: [n, ...this.computeOutputShape(sample)] });
  }

  /** Images [n, h, w, c] to a value of as many elements as [n, c]. */
  protected abstract pool(context: CallContext, images: Value): Value;
}
