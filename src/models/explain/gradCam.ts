/** Class-activation maps by gradients (Grad-CAM): which positions of a layer's maps raise the score of a class. */
import { shapeError, WgraftError } from "../../errors.js";
import { gradients } from "../../graph/autodiff.js";
import { relu } from "../../kernels/elementwise/activation.js";
import { multiply } from "../../kernels/elementwise/binary.js";
import type { Value } from "../../kernels/op.js";
import { globalAveragePool2d } from "../../kernels/pool/globalAveragePool2d.js";
import { sumTo } from "../../kernels/shape/broadcastTo.js";
import { castTo } from "../../kernels/shape/cast.js";
import { reshape } from "../../kernels/shape/reshape.js";
import { namesOf } from "../../names.js";
import { preprocessModes } from "../../kernels/image/preprocessModes.js";
import { checkOptions } from "../../options/checkOptions.js";
import { abortSignal, integer, listOf, oneOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { sizeOf, type FloatType, type Tensor } from "../../tensor.js";
import { classify } from "../data/score.js";
import type { CallContext } from "../layers/layer.js";
import type { AnyModel, Model } from "../model.js";
import { logitsOf, meaningOfOutput } from "../outputs.js";
import type { Preprocess } from "../training/batches.js";
import { customPass } from "./customPass.js";
import { emitWith, mapLayerOf } from "./mapLayer.js";

export interface GradCamOptions {
  /**
   * The layer whose maps are weighted, in inner models too; "model/layer" where several have a name. Default: the last
   * layer that outputs (height, width, channels) at more than one position.
   */
  layer?: string;
  /** The class to explain, for each image. Default: the predicted one. */
  classes?: readonly number[];
  /** How uint8 images become numbers. Default "none". */
  preprocess?: Preprocess;
  /** Images in one run. Default 20. Split further if the adapter's memory is too small. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface GradCam {
  /** float32 (n, height, width) at the resolution of the layer: from 0 to 1, the largest value of each image; 0 throughout where no position raises the score. */
  readonly heatmaps: Tensor<"float32">;
  /** The class that each map is of. */
  readonly classes: readonly number[];
  /** The layer. */
  readonly layer: string;
}

const table = optionsOf<GradCamOptions>("gradCam").fields({
  layer: optional(text),
  classes: optional(listOf(integer({ min: 0 }))),
  preprocess: optional(oneOf(namesOf(preprocessModes))),
  batchSize: optional(positiveInteger, 20),
  signal: optional(abortSignal),
});

/**
 * Where a model looked, after Selvaraju et al. 2017, "Grad-CAM": the gradient of a class's score with respect to the maps
 * of a layer is averaged over the positions, which gives a weight for each map; the weighted sum of the maps, without its
 * negative values, is scaled to 1. The score is what goes into a last sigmoid or softmax. Of one unit, class 1 has that
 * score and class 0 its negative.
 * @param x images (n, height, width, channels) as the model takes them
 * @throws WgraftError `usage` for a layer that there is not or that has no maps, a class that there is not, and models with
 *   several inputs or outputs; `bad-input` without `classes` where the outputs are values, not probabilities
 * @example
 * const { heatmaps, classes } = await gradCam(base, images, { classes: [3, 5] });
 * console.log(heatmaps.shape, classes); // [ 2, 30, 30 ] [ 3, 5 ]
 */
export async function gradCam(model: AnyModel, x: Tensor, options?: GradCamOptions): Promise<GradCam> {
  return compute(withOneEnd(model), x, checkOptions(table, options));
}

async function compute(
  model: Model,
  x: Tensor,
  { layer, classes, preprocess, batchSize, signal }: Arguments<typeof table>,
): Promise<GradCam> {
  const [n = 0, ...shape] = x.shape;
  const target = mapLayerOf(model, layer, shape);
  const explained = classes ?? (await predicted(model, x, { preprocess, batchSize, signal }));
  const seeds = seedsOf(model, explained, n);
  const units = sizeOf(model.outputShape);
  let fed = 0;
  const rowsOf = ({ size }: { readonly size: number }) => {
    const seed = seeds.subarray(fed * units, (fed + size) * units);
    fed += size;
    return { seed };
  };
  const emit = (context: CallContext, inputs: readonly Value[]) => {
    const { maps, outputs } = emitWith(model, context, inputs, target.layer);
    return emitHeat(context, maps, outputs[0], target.path);
  };
  const pass = { key: `gradCam ${target.path}`, emit, preprocess, batchSize, signal, rowsOf };
  const heatmaps = await customPass(model, x, pass);
  const size = sizeOf(heatmaps.shape.slice(1));
  const heat = heatmaps.dataSync();
  for (let i = 0; i < n; i++) scaleToOne(heat.subarray(i * size, (i + 1) * size));
  return { heatmaps, classes: explained, layer: target.path };
}

/** The heat [n, h, w] of maps [n, h, w, c], from the gradient of the scores that `seed` selects. */
function emitHeat({ graph }: CallContext, maps: Value, output: Value, layer: string): Value {
  const score = logitsOf(graph, output) ?? output;
  const seed = graph.input("seed", { shape: score.shape, dtype: "float32" });
  const flow = castTo(graph, seed, score.dtype as FloatType);
  const [gradient] = gradients(graph, score, [maps], flow);
  if (!gradient)
    throw new WgraftError("usage", `gradCam: the output does not depend on layer ${layer}`, {
      option: "layer",
    });
  const [n, height, width, channels] = maps.shape;
  const means = graph.add(globalAveragePool2d, [castTo(graph, gradient, "float32")], {});
  const weights = graph.add(reshape, [means], { shape: [n, 1, 1, channels] });
  const weighted = graph.add(multiply, [castTo(graph, maps, "float32"), weights], {});
  const sums = graph.add(sumTo, [weighted], { shape: [n, height, width, 1] });
  const heat = graph.add(relu, [sums], {});
  return graph.add(reshape, [heat], { shape: [n, height, width] });
}

/** The model, which has one input and one output. */
export function withOneEnd(model: AnyModel): Model {
  const { name, inputs, outputs } = model;
  if (inputs.length === 1 && outputs.length === 1) return model;
  throw new WgraftError(
    "usage",
    `model ${name} has ${inputs.length} inputs and ${outputs.length} outputs, where one of each is needed; make a Model of one of them`,
  );
}

async function predicted(
  model: Model,
  x: Tensor,
  options: Pick<Arguments<typeof table>, "preprocess" | "batchSize" | "signal">,
): Promise<number[]> {
  const units = sizeOf(model.outputShape);
  const outputs = (await model.predict(x, options)).reshape([x.shape[0] ?? 0, units]);
  return classify(outputs, Math.max(2, units), meaningOfOutput(model)).map(({ predicted }) => predicted);
}

/** What flows back into the scores (n, units): 1 at the class that is explained; of one unit −1 for class 0. */
function seedsOf(model: Model, classes: readonly number[], n: number): Float32Array {
  const units = sizeOf(model.outputShape);
  if (classes.length !== n)
    throw shapeError("gradCam", `a class for each of ${n} images`, `${classes.length} classes`);
  const count = Math.max(2, units);
  const seeds = new Float32Array(n * units);
  for (const [i, index] of classes.entries()) {
    if (index >= count)
      throw new WgraftError("usage", `gradCam: classes: ${index}: the model has ${count} classes, from 0`, {
        option: "classes",
        got: index,
      });
    if (units === 1) seeds[i] = index === 1 ? 1 : -1;
    else seeds[i * units + index] = 1;
  }
  return seeds;
}

/** Divides by the largest value, in place; what is 0 throughout remains so. */
function scaleToOne(values: Float32Array): void {
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  if (largest > 0) values.forEach((value, i) => (values[i] = value / largest));
}
