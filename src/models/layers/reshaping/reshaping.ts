/** Layers that move or pad values without changing them. */
import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { zeroPad2d } from "../../../kernels/shape/pad.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { formatShape, sizeOf, type Shape } from "../../../tensor.js";
import { imageShape, Layer, type CallContext, type LayerOptions } from "../layer.js";

/** (height, width, channels) → (height · width · channels). */
export class Flatten extends Layer {
  override readonly className = "Flatten";
  readonly inputShape?: Shape;

  constructor(options: LayerOptions & { inputShape?: Shape } = {}) {
    super("flatten", options);
    this.inputShape = options.inputShape;
  }

  override computeOutputShape(input: Shape): Shape {
    return [sizeOf(input)];
  }

  override call(context: CallContext, input: Value): Value {
    return context.graph.add(reshape, [input], { shape: [input.shape[0], sizeOf(input.shape.slice(1))] });
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), data_format: "channels_last" };
  }
}

/** The same values per sample under another shape; one dimension may be −1. */
export class Reshape extends Layer {
  override readonly className = "Reshape";
  private readonly targetShape: Shape;

  constructor(options: LayerOptions & { targetShape: Shape }) {
    super("reshape", options);
    this.targetShape = options.targetShape;
  }

  override computeOutputShape(input: Shape): Shape {
    const known = sizeOf(this.targetShape.filter((d) => d !== -1));
    const shape = this.targetShape.map((d) => (d === -1 ? sizeOf(input) / known : d));
    if (sizeOf(shape) !== sizeOf(input) || !shape.every(Number.isInteger)) {
      throw shapeError(
        `layer ${this.name}`,
        `as many values as ${formatShape(this.targetShape)}`,
        formatShape(input),
      );
    }
    return shape;
  }

  override call(context: CallContext, input: Value): Value {
    const shape = [input.shape[0], ...this.computeOutputShape(input.shape.slice(1))];
    return context.graph.add(reshape, [input], { shape });
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), target_shape: this.targetShape };
  }
}

/** ((top, bottom), (left, right)) rows and columns of zeros around a picture. */
export type ZeroPadding = readonly [readonly [number, number], readonly [number, number]];

export class ZeroPadding2D extends Layer {
  override readonly className = "ZeroPadding2D";
  private readonly padding: ZeroPadding;

  constructor(options: LayerOptions & { padding?: number | readonly [number, number] | ZeroPadding } = {}) {
    super("zero_padding2d", options);
    const padding = options.padding ?? 1;
    const [rows, columns] = typeof padding === "number" ? [padding, padding] : padding;
    const both = (p: number | readonly [number, number]) => (typeof p === "number" ? ([p, p] as const) : p);
    this.padding = [both(rows), both(columns)];
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = imageShape(this, input);
    const [[top, bottom], [left, right]] = this.padding;
    return [height + top + bottom, width + left + right, channels];
  }

  override call(context: CallContext, input: Value): Value {
    const [[top, bottom], [left, right]] = this.padding;
    return context.graph.add(zeroPad2d, [input], { pads: [top, bottom, left, right] });
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), padding: this.padding, data_format: "channels_last" };
  }
}
