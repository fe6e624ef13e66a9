/** Activations as layers and as the last step of Conv2D and Dense. */
import type { NoAttrs } from "../../../kernels/common/noAttrs.js";
import { relu, relu6, sigmoid } from "../../../kernels/elementwise/activation.js";
import type { Op, Value } from "../../../kernels/op.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import { namesOf, type NameIn } from "../../../names.js";
import { oneOf, type Check } from "../../../options/checks.js";
import { isPlainObject } from "../../../options/describe.js";
import { required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface ActivationDescription {
  /** For the documentation. */
  readonly summary: string;
  /** Undefined where nothing is computed. */
  readonly op: Op<NoAttrs> | undefined;
}

/** Activations by Keras's names. */
export const activations = {
  linear: { summary: "x", op: undefined },
  relu: { summary: "max(x, 0)", op: relu },
  relu6: { summary: "min(max(x, 0), 6)", op: relu6 },
  sigmoid: { summary: "1 / (1 + exp(−x))", op: sigmoid },
  softmax: { summary: "exp(x), divided by its sum over the last axis", op: softmax },
} as const satisfies Readonly<Record<string, ActivationDescription>>;

export type ActivationName = NameIn<typeof activations>;

/** An activation as an option; in files a name, or the object that Keras 3 writes for a function of its own. */
export const activation: Check<ActivationName> = {
  ...oneOf(namesOf(activations)),
  fromJson: (json) => (isPlainObject(json) ? json.config : json),
};

/** Emits an activation, as a node of its own: where the kernel before it can apply it, a rewrite rule lets it. */
export function emitActivation({ graph }: CallContext, name: ActivationName, x: Value): Value {
  const { op } = activations[name];
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
