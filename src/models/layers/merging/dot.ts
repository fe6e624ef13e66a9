import { shapeError } from "../../../errors.js";
import { multiply } from "../../../kernels/elementwise/binary.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { sumTo } from "../../../kernels/shape/broadcastTo.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag } from "../../../options/checks.js";
import { optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, sizeOf, type Shape } from "../../../tensor.js";
import { withLast } from "../activations/functions.js";
import { axisList, sampleAxes } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { emitUnit } from "../normalization/unitNormalization.js";

export interface DotOptions extends LayerOptions {
  /** The axis of both inputs that is summed over, or one of each, counting the batch axis; negative from the end. */
  axes: number | readonly number[];
  /** Whether both are divided by their lengths along the axis before: the cosine of the angle. Default false. */
  normalize?: boolean;
}

const table = layerOptions<DotOptions>("Dot").fields({
  axes: required({
    ...axisList,
    expected: "an integer or two",
    read: (value: unknown) => {
      const list = axisList.read(value);
      return list && list.length >= 1 && list.length <= 2 ? list : undefined;
    },
  }),
  normalize: optional(flag, false),
});

/**
 * The products of two inputs, summed over an axis of each. Follows keras/src/layers/merging/dot.py.
 * @example
 * const a = Input({ shape: [512] });
 * const b = Input({ shape: [512] });
 * const similarity = new Dot({ axes: 1, normalize: true }).apply([a, b]);
 * console.log(similarity.shape); // [ 1 ]
 */
export class Dot extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DotOptions) {
    super(options);
  }

  override get inputCount(): number {
    return 2;
  }

  override computeOutputShape(a: Shape, b: Shape): Shape {
    const [left, right] = this.axesOf(a, b);
    if (a[left - 1] !== b[right - 1]) {
      const got = `${formatShape([null, ...a])} and ${formatShape([null, ...b])}`;
      throw shapeError(`layer ${this.name}`, `inputs that agree along axes ${left} and ${right}`, got);
    }
    const rest = [...a.filter((_, i) => i !== left - 1), ...b.filter((_, i) => i !== right - 1)];
    return rest.length > 0 ? rest : [1];
  }

  override call({ graph }: CallContext, a: Value, b: Value): Value {
    const [left, right] = this.axesOf(a.shape.slice(1), b.shape.slice(1));
    const shape = [a.shape[0], ...this.computeOutputShape(a.shape.slice(1), b.shape.slice(1))];
    const { normalize } = this.args;
    const [x, y] = [normalize ? emitUnit(graph, a, [left]) : a, normalize ? emitUnit(graph, b, [right]) : b];
    const rows = matrixOf(graph, x, left);
    const columns = matrixOf(graph, y, right);
    const [n, height, depth] = rows.shape;
    const width = columns.shape[1];
    const products = graph.add(
      multiply,
      [
        graph.add(reshape, [rows], { shape: [n, height, 1, depth] }),
        graph.add(reshape, [columns], { shape: [n, 1, width, depth] }),
      ],
      {},
    );
    const sums = graph.add(sumTo, [products], { shape: [n, height, width, 1] });
    return graph.add(reshape, [sums], { shape });
  }

  private axesOf(a: Shape, b: Shape): [number, number] {
    const { axes } = this.args;
    return [sampleAxes(this, [axes[0]], a)[0], sampleAxes(this, [axes.at(-1)!], b)[0]];
  }
}

/** x as [batch, everything else, axis]. */
function matrixOf(g: GraphBuilder, x: Value, axis: number): Value {
  const last = withLast(g, x, [axis]);
  const [n, ...rest] = last.shape;
  const depth = rest.at(-1)!;
  return g.apply(reshape, [last], { shape: [n, sizeOf(rest.slice(0, -1)), depth] })[0];
}
