import type { Value } from "../../../kernels/op.js";
import { number } from "../../../options/checks.js";
import { optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import type { Penalty } from "../../regularizers.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface ActivityRegularizationOptions extends LayerOptions {
  /** Factor of the sum of absolute values. Default 0. */
  l1?: number;
  /** Factor of the sum of squares. Default 0. */
  l2?: number;
}

const table = layerOptions<ActivityRegularizationOptions>("ActivityRegularization").fields({
  l1: optional(number({ min: 0 }), 0),
  l2: optional(number({ min: 0 }), 0),
});

/**
 * Leaves its input as it is, and adds a penalty on it to the loss.
 * @example
 * const features = Input({ shape: [512] });
 * console.log(new ActivityRegularization({ l2: 1e-4 }).apply(features).shape); // [ 512 ]
 */
export class ActivityRegularization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: ActivityRegularizationOptions) {
    super(options);
  }

  override get activityPenalty(): Penalty | undefined {
    const { l1, l2 } = this.args;
    return l1 || l2 ? { className: "L1L2", l1, l2 } : undefined;
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(_context: CallContext, input: Value): Value {
    return input;
  }
}
