/** Activations as layers and as the last step of Conv2D and Dense. */
import { WgraftError } from "../../../errors.js";
import {
  relu,
  relu6,
  sigmoid,
  type Activation as FusedActivation,
} from "../../../kernels/elementwise/activation.js";
import type { Value } from "../../../kernels/op.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type LayerOptions } from "../layer.js";

/** Activations by Keras's names. */
export type ActivationName = "linear" | "relu" | "relu6" | "sigmoid" | "softmax";

const known: readonly string[] = ["linear", "relu", "relu6", "sigmoid", "softmax"];

/** @throws WgraftError `not-supported` for a name that is not in the list */
export function parseActivation(value: unknown): ActivationName {
  const name = value ?? "linear";
  if (typeof name === "string" && known.includes(name)) return name as ActivationName;
  throw new WgraftError(
    "not-supported",
    `activation ${JSON.stringify(name)} is not known; known: ${known.join(", ")}`,
  );
}

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

/** An activation as a layer. */
export class Activation extends Layer {
  override readonly className = "Activation";
  private readonly activation: ActivationName;

  constructor(options: LayerOptions & { activation: ActivationName }) {
    super("activation", options);
    this.activation = parseActivation(options.activation);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    return emitActivation(context, this.activation, input);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), activation: this.activation };
  }
}

/** max(0, x), cut at `maxValue` where that is 6 (ReLU6 of MobileNet). */
export class ReLU extends Layer {
  override readonly className = "ReLU";
  private readonly maxValue: 6 | undefined;

  constructor(options: LayerOptions & { maxValue?: number | null } = {}) {
    super("re_lu", options);
    const maxValue = options.maxValue ?? undefined;
    if (maxValue !== undefined && maxValue !== 6) {
      throw new WgraftError(
        "not-supported",
        `layer ${this.name}: ReLU with max_value ${maxValue}; known: none, 6`,
      );
    }
    this.maxValue = maxValue;
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  override call(context: CallContext, input: Value): Value {
    return emitActivation(context, this.maxValue ? "relu6" : "relu", input);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), max_value: this.maxValue ?? null, negative_slope: 0, threshold: 0 };
  }
}
