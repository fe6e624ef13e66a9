import { dropout } from "../../../kernels/elementwise/dropout.js";
import { multiply } from "../../../kernels/elementwise/binary.js";
import { fill } from "../../../kernels/elementwise/elementwise.js";
import type { Value } from "../../../kernels/op.js";
import { shapeError } from "../../../errors.js";
import { listOf, number, positiveInteger, type Check } from "../../../options/checks.js";
import { ignored, nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { broadcastShape } from "../../../kernels/common/broadcast.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { randomness } from "./randomPlace.js";

export interface DropoutOptions extends LayerOptions {
  /** Share of values that are dropped, in [0, 1). */
  rate: number;
  /**
   * Shape of the mask, with the batch axis: 1 where all places share one, null for the input's own size. `[null, 1, 1, 1]` drops
   * whole samples. Default: the input's shape.
   */
  noiseShape?: readonly (number | null)[] | null;
}

/** Share of values that are dropped. */
export const rate = number({ min: 0, below: 1 });

/** null becomes 0. */
const size: Check<number | null, number> = {
  expected: "a positive integer or null",
  read: (value) => (value === null ? 0 : positiveInteger.read(value)),
};

const noiseShape: Check<readonly (number | null)[], number[]> = {
  ...listOf(size, "a list of positive integers and nulls"),
  toJson: (shape) => shape.map((d) => d || null),
};

const table = layerOptions<DropoutOptions>("Dropout").fields(
  { rate: required(rate), noiseShape: nullable(optional(noiseShape)) },
  { seed: ignored(null) },
);

/**
 * Zeroes a random share of the values in training and scales the rest by 1/(1 − rate); does nothing otherwise.
 * The mask follows from (seed, step, place among the layers) alone and is never stored.
 * @example
 * const model = new Sequential([
 *   new Dense({ units: 256, activation: "relu", inputDim: 512 }),
 *   new Dropout({ rate: 0.5 }),
 *   new Dense({ units: 1, activation: "sigmoid" }),
 * ]);
 */
export class Dropout extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: DropoutOptions) {
    super(options);
  }

  /** Share of values that are dropped. May be changed before the next `compile`. */
  get rate(): number {
    return this.args.rate;
  }

  set rate(rate: number) {
    this.change("rate", rate);
  }

  override computeOutputShape(input: Shape): Shape {
    const { noiseShape } = this.args;
    if (!noiseShape) return input;
    const mask = maskShape(this, [1, ...input], noiseShape);
    return broadcastShape(`layer ${this.name}`, [1, ...input], [1, ...mask.slice(1)]).slice(1);
  }

  override call(context: CallContext, input: Value): Value {
    const { noiseShape } = this.args;
    const shape = noiseShape && maskShape(this, input.shape, noiseShape);
    return emitDropout(context, input, this.rate, shape);
  }
}

function maskShape(layer: Layer, input: Shape, noiseShape: readonly number[]): Shape {
  if (noiseShape.length === input.length) return noiseShape.map((d, i) => d || input[i]);
  const expected = `an input of ${noiseShape.length} axes, as noiseShape has`;
  throw shapeError(`layer ${layer.name}`, expected, formatShape([null, ...input.slice(1)]));
}

/** @param shape of the mask. Default: x's */
export function emitDropout(context: CallContext, x: Value, rate: number, shape?: Shape): Value {
  const random = randomness(context);
  if (!random || rate === 0) return x;
  const { graph } = context;
  const attrs = { rate, ...random.place };
  if (!shape) return graph.add(dropout, [x, random.step], attrs);
  const mask = graph.add(dropout, [graph.add(fill, [], { shape, value: 1 }), random.step], attrs);
  return graph.add(multiply, [x, mask], {});
}
