/** What a layer outputs for images: the maps of a convolution. */
import { preprocessModes } from "../../kernels/image/preprocessModes.js";
import { castTo } from "../../kernels/shape/cast.js";
import { namesOf } from "../../names.js";
import { checkOptions } from "../../options/checkOptions.js";
import { abortSignal, oneOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf } from "../../options/fields.js";
import type { Tensor } from "../../tensor.js";
import type { AnyModel } from "../model.js";
import type { Preprocess } from "../training/batches.js";
import { customPass } from "./customPass.js";
import { withOneEnd } from "./gradCam.js";
import { emitWith, mapLayerOf } from "./mapLayer.js";

export interface LayerActivationsOptions {
  /** In inner models too; "model/layer" where several have a name. Default: the last layer that outputs maps. */
  layer?: string;
  /** How uint8 images become numbers. Default "none". */
  preprocess?: Preprocess;
  /** Images in one run. Default 20. Split further if the adapter's memory is too small. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface LayerActivations {
  /** float32 (n, height, width, channels) */
  readonly activations: Tensor<"float32">;
  /** The layer. */
  readonly layer: string;
}

const table = optionsOf<LayerActivationsOptions>("layerActivations").fields({
  layer: optional(text),
  preprocess: optional(oneOf(namesOf(preprocessModes))),
  batchSize: optional(positiveInteger, 20),
  signal: optional(abortSignal),
});

/**
 * The maps that a layer of a model outputs, in inference mode.
 * @param x images (n, height, width, channels) as the model takes them
 * @throws WgraftError `usage` for a layer that there is not or that has no maps, and models with several inputs or outputs
 * @example
 * const { activations } = await layerActivations(base, images, { layer: "conv" });
 * console.log(activations.shape); // [ 2, 30, 30, 8 ]
 */
export async function layerActivations(
  network: AnyModel,
  x: Tensor,
  given?: LayerActivationsOptions,
): Promise<LayerActivations> {
  const { layer, ...options } = checkOptions(table, given);
  const model = withOneEnd(network);
  const { path, layer: wanted } = mapLayerOf(model, layer, x.shape.slice(1));
  const activations = await customPass(model, x, {
    key: `activations ${path}`,
    emit: (context, inputs) =>
      castTo(context.graph, emitWith(model, context, inputs, wanted).maps, "float32"),
    ...options,
  });
  return { activations, layer: path };
}
