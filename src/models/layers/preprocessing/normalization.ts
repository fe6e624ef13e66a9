import { shapeError } from "../../../errors.js";
import { add, divide, multiply, subtract } from "../../../kernels/elementwise/binary.js";
import { rsqrt } from "../../../kernels/elementwise/rsqrt.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag, integer, listOf, type Check } from "../../../options/checks.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import { formatShape, largest, sizeOf, type Shape } from "../../../tensor.js";
import { sampleAxes } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";
import { numbers, vector } from "./numbers.js";

export interface NormalizationOptions extends LayerOptions {
  /**
   * The axes that have a mean and a variance for each place, counting the batch axis; negative from the end. None: one of each for
   * all. Default −1.
   */
  axis?: number | readonly number[] | null;
  /** Default: a weight, as saved. */
  mean?: number | readonly number[] | null;
  /** Default: a weight, as saved. */
  variance?: number | readonly number[] | null;
  /** The other way round: x · √variance + mean. Default false. */
  invert?: boolean;
}

const list = listOf(integer(), "");
const axes: Check<number | readonly number[], number[]> = {
  expected: "an integer or a list of integers",
  read: (value) => list.read(typeof value === "number" ? [value] : value),
  // Keras's None, which as an option is the default.
  fromJson: (json) => json ?? [],
};

const table = layerOptions<NormalizationOptions>("Normalization").fields({
  axis: nullable(optional(axes, -1)),
  mean: nullable(optional(numbers)),
  variance: nullable(optional(numbers)),
  invert: optional(flag, false),
});

/**
 * (x − mean) / √variance. Follows keras/src/layers/preprocessing/normalization.py.
 * @example
 * const image = Input({ shape: [150, 150, 3] });
 * console.log(new Normalization({ mean: [124, 116, 104], variance: [3364, 3249, 3306] }).apply(image).shape); // [ 150, 150, 3 ]
 */
export class Normalization extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: NormalizationOptions) {
    super(options);
  }

  /** The largest size of a mean, given or as a weight. */
  async largestMean(): Promise<number> {
    const { mean } = this.args;
    const weight = this.weights.find(({ name }) => name === "mean");
    const means = mean === undefined ? ((await weight?.variable.read()) ?? []) : [mean].flat();
    return largest(Array.from(means, Math.abs), 0);
  }

  override computeOutputShape(input: Shape): Shape {
    const size = sizeOf(this.statisticsShape(input));
    for (const given of [this.args.mean, this.args.variance]) {
      if (given === undefined || [given].flat().length === 1 || [given].flat().length === size) continue;
      const expected = `an input of ${[given].flat().length} places along axis ${this.args.axis.join(", ")}`;
      throw shapeError(`layer ${this.name}`, expected, formatShape([null, ...input]));
    }
    if ((this.args.mean === undefined) === (this.args.variance === undefined)) return input;
    throw shapeError(`layer ${this.name}`, "both mean and variance, or none of the two", "one");
  }

  protected override createWeights(input: Shape): void {
    if (this.args.mean !== undefined) return;
    const shape = this.statisticsShape(input).filter((_, i) => this.axesOf(input).includes(i + 1));
    this.addWeight("mean", shape, "Zeros", false);
    this.addWeight("variance", shape, "Ones", false);
    this.addWeight("count", [], "Zeros", false);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const mean = this.statistic(context, "mean", input.shape);
    // √variance is 1e-7 at least.
    const factor = graph.add(rsqrt, [this.statistic(context, "variance", input.shape)], { least: 1e-14 });
    if (this.args.invert) return graph.add(add, [graph.add(divide, [input, factor], {}), mean], {});
    return graph.add(multiply, [graph.add(subtract, [input, mean], {}), factor], {});
  }

  /** A statistic in a shape that broadcasts with the batch's. */
  private statistic(context: CallContext, name: "mean" | "variance", batch: Shape): Value {
    const given = this.args[name];
    const value = given === undefined ? this.weight(context, name) : vector(context.graph, [given].flat());
    const shape = sizeOf(value.shape) === 1 ? [1] : this.statisticsShape(batch.slice(1));
    return context.graph.add(reshape, [value], { shape });
  }

  private axesOf(input: Shape): number[] {
    return this.args.axis.length === 0 ? [] : sampleAxes(this, this.args.axis, input);
  }

  /** The sample's shape with 1 along the axes that share their statistics. */
  private statisticsShape(input: Shape): Shape {
    const axes = this.axesOf(input);
    return input.map((size, i) => (axes.includes(i + 1) ? size : 1));
  }
}
