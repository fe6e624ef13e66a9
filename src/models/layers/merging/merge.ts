import { broadcastShape } from "../../../kernels/common/broadcast.js";
import type { Op, Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { largest, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export const mergeTable = (className: string) => layerOptions<LayerOptions>(className).fields({});

/**
 * What computes one tensor of several, element by element. Their shapes per sample are broadcast, as NumPy's. Follows
 * keras/src/layers/merging/base_merge.py.
 */
export abstract class Merge extends Layer {
  /** Of two tensors; of more, taken on the result and the next one. */
  protected abstract readonly op: Op<object>;

  constructor(options?: LayerOptions) {
    super(options);
  }

  override get inputCount(): number | undefined {
    return undefined;
  }

  override computeOutputShape(...inputs: Shape[]): Shape {
    return inputs.reduce((a, b) => broadcastShape(`layer ${this.name}`, a, b));
  }

  override call({ graph }: CallContext, ...inputs: Value[]): Value {
    const rank = largest(
      inputs.map(({ shape }) => shape.length),
      0,
    );
    // Axes that are missing are those behind the batch axis.
    const aligned = inputs.map((value) => {
      const [batch, ...sample] = value.shape;
      const shape = [batch, ...new Array<number>(rank - value.shape.length).fill(1), ...sample];
      return shape.length === value.shape.length ? value : graph.add(reshape, [value], { shape });
    });
    return aligned.reduce((merged, value) => graph.add(this.op, [merged, value], {}));
  }
}
