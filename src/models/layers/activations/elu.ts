import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { activationLayers } from "./activationLayers.js";

export interface ELUOptions extends LayerOptions {
  /** Negative values approach −alpha. Default 1. */
  alpha?: number;
}

const table = layerOptions<ELUOptions>("ELU").fields({ alpha: optional(number(), 1) });

/**
 * x where it is positive, else alpha · (exp(x) − 1).
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new ELU({ alpha: 0.5 }).apply(features).shape); // [ 512 ]
 */
export class ELU extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ELUOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call({ graph }: CallContext, input: Value): Value {
    return activationLayers.ELU.emit(graph, input, { alpha: this.args.alpha });
  }
}
