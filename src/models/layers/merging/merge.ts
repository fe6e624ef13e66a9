import { shapeError } from "../../../errors.js";
import type { Op, Value } from "../../../kernels/op.js";
import { formatShape, sameShape, type Shape } from "../../../tensor.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export const mergeTable = (className: string) => layerOptions<LayerOptions>(className).fields({});

/** What computes one tensor of several, element by element. Follows keras/src/layers/merging/base_merge.py. */
export abstract class Merge extends Layer {
  constructor(options?: LayerOptions) {
    super(options);
  }

  override get inputCount(): number | undefined {
    return undefined;
  }

  override computeOutputShape(first: Shape, ...others: Shape[]): Shape {
    for (const shape of others) {
      if (!sameShape(shape, first))
        throw shapeError(
          `layer ${this.name}`,
          `inputs of one shape ${formatShape(first)}`,
          formatShape(shape),
        );
    }
    return first;
  }
}

/** An op of two inputs, taken on all of them one after the other. */
export function folded({ graph }: CallContext, op: Op<object>, [first, ...others]: readonly Value[]): Value {
  return others.reduce((merged, value) => graph.add(op, [merged, value], {}), first);
}
