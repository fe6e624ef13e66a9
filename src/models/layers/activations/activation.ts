/** Activations as layers and as the last step of Conv2D and Dense. */
import {
  relu,
  relu6,
  sigmoid,
  type Activation as FusedActivation,
} from "../../../kernels/elementwise/activation.js";
import type { Value } from "../../../kernels/op.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import { oneOf, type Check } from "../../../options/checks.js";
import { isPlainObject } from "../../../options/describe.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

/** Activations by Keras's names. */
export type ActivationName = "linear" | "relu" | "relu6" | "sigmoid" | "softmax";

/** An activation as an option; in files a name, or the object that Keras 3 writes for a function of its own. */
export const activation: Check<ActivationName> = {
  ...oneOf<ActivationName>(["linear", "relu", "relu6", "sigmoid", "softmax"]),
  fromJson: (json) => (isPlainObject(json) ? json.config : json),
};

/** The part of an activation that conv2d and matMul compute themselves; the rest follows as a node of its own. */
export function fusedPart(name: ActivationName): FusedActivation {
  return name === "relu" || name === "relu6" ? name : "linear";
}

/** Emits what `fusedPart` left out. */
export function emitRest(context: CallContext, name: ActivationName, x: Value): Value {
  if (name === "sigmoid") return context.graph.add(sigmoid, [x], {});
  if (name === "softmax") return context.graph.add(softmax, [x], {});
  return x;
}

/** Emits a whole activation. */
export function emitActivation(context: CallContext, name: ActivationName, x: Value): Value {
  if (name === "relu") return context.graph.add(relu, [x], {});
  if (name === "relu6") return context.graph.add(relu6, [x], {});
  return emitRest(context, name, x);
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
