/** Activations as layers and as the last step of Conv2D and Dense. */
import type { NoAttrs } from "../../../kernels/common/noAttrs.js";
import { relu, relu6, sigmoid } from "../../../kernels/elementwise/activation.js";
import type { Op, Value } from "../../../kernels/op.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import { oneOf, type Check } from "../../../options/checks.js";
import { isPlainObject } from "../../../options/describe.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

/** Activations by Keras's names. */
export type ActivationName = "linear" | "relu" | "relu6" | "sigmoid" | "softmax";

const ops: Readonly<Record<ActivationName, Op<NoAttrs> | undefined>> = {
  linear: undefined,
  relu,
  relu6,
  sigmoid,
  softmax,
};

/** An activation as an option; in files a name, or the object that Keras 3 writes for a function of its own. */
export const activation: Check<ActivationName> = {
  ...oneOf(Object.keys(ops) as ActivationName[]),
  fromJson: (json) => (isPlainObject(json) ? json.config : json),
};

/** Emits an activation, as a node of its own: where the kernel before it can apply it, a rewrite rule lets it. */
export function emitActivation({ graph }: CallContext, name: ActivationName, x: Value): Value {
  const op = ops[name];
  return op ? graph.add(op, [x], {}) : x;
}

export interface ActivationOptions extends LayerOptions {
  activation: ActivationName;
}

const table = layerOptions<ActivationOptions>("Activation").fields({ activation: required(activation) });

/** An activation as a layer. */
export class Activation extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: ActivationOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    return emitActivation(context, this.args.activation, input);
  }
}
