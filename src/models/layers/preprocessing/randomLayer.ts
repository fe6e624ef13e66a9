/** Layers that change their inputs at random in training, and leave them alone otherwise. */
import { WgraftError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import type { LayerArguments } from "../layerOptions.js";

/** What is done in prediction alone, so far. */
export abstract class RandomLayer<A extends LayerArguments> extends Layer<A> {
  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  /** @throws WgraftError `not-supported` in training: a model that is not augmented where it says so would go unnoticed */
  override call({ training }: CallContext, input: Value): Value {
    if (!training) return input;
    throw new WgraftError(
      "not-supported",
      `layer ${this.name} (${this.className}) does not augment in training yet; call it with { training: false } and ` +
        `augment with ImageDataGenerator`,
    );
  }
}
