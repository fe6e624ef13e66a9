/** Predictions that are numbers, or an error that says where they stop being such. */
import type { Model } from "../../models/model.js";
import { checkOutputsFinite } from "../../models/training/nonFinite.js";
import type { PredictOptions } from "../../models/training/options.js";
import type { Tensor } from "../../tensor.js";

/**
 * As `model.predict`, which like Keras returns whatever the model outputs.
 * @param nameOf what the i-th sample is known by
 * @throws WgraftError `bad-input` for outputs that are not finite
 */
export async function predictFinite(
  model: Model,
  x: Tensor,
  options: PredictOptions,
  nameOf: (i: number) => string,
): Promise<Tensor<"float32">> {
  const outputs = await model.predict(x, options);
  const [size = 0, ...shape] = x.shape;
  const sample = { shape, dtype: x.dtype, preprocess: options.preprocess };
  const part = { x: x.dataSync(), outputs: outputs.dataSync(), size };
  await checkOutputsFinite(await model.ready(), sample, part, nameOf);
  return outputs;
}
