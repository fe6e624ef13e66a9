/** Activations as layers and as the last step of Conv2D and Dense. */
import { WgraftError } from "../../../errors.js";
import type { NoAttrs } from "../../../kernels/common/noAttrs.js";
import { relu, relu6, sigmoid } from "../../../kernels/elementwise/activation.js";
import type { Op, Value } from "../../../kernels/op.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext, type LayerOptions } from "../layer.js";

/** Activations by Keras's names. */
export type ActivationName = "linear" | "relu" | "relu6" | "sigmoid" | "softmax";

const ops: Readonly<Record<ActivationName, Op<NoAttrs> | undefined>> = {
  linear: undefined,
  relu,
  relu6,
  sigmoid,
  softmax,
};

const known: readonly string[] = Object.keys(ops);

/** @throws WgraftError `not-supported` for a name that is not in the list */
export function parseActivation(value: unknown): ActivationName {
  const name = value ?? "linear";
  if (typeof name === "string" && known.includes(name)) return name as ActivationName;
  throw new WgraftError(
    "not-supported",
    `activation ${JSON.stringify(name)} is not known; known: ${known.join(", ")}`,
  );
}

/** Emits an activation, as a node of its own: where the kernel before it can apply it, a rewrite rule lets it. */
export function emitActivation({ graph }: CallContext, name: ActivationName, x: Value): Value {
  const op = ops[name];
  return op ? graph.add(op, [x], {}) : x;
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
