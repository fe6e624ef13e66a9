/** How samples enter a model's graph. */
import { shapeError, WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Device } from "../../kernels/gpu/device.js";
import { imageToFloat } from "../../kernels/image/imageToFloat.js";
import { TRANSFORM_SIZE, warpAffine } from "../../kernels/image/warpAffine.js";
import type { Value } from "../../kernels/op.js";
import { castTo } from "../../kernels/shape/cast.js";
import { formatShape, type FloatType } from "../../tensor.js";
import { fitsOpen } from "../layers/openShape.js";
import type { Network } from "../network.js";
import type { SampleSpec } from "./batches.js";
import { nameAt } from "./feeds.js";

/**
 * The model's inputs, stored as the device stores activations: floats as they are; uint8 images are converted by the first
 * dispatch, in training augmented on the way.
 * @throws WgraftError `usage` where the samples are of more or fewer inputs, `shape` where one does not fit
 */
export function modelInputs(
  graph: Graph,
  { network, device }: { readonly network: Network; readonly device: Device },
  batch: number,
  samples: readonly SampleSpec[],
  { augments = false } = {},
): Value[] {
  const { name, inputs, inputNames } = network;
  if (samples.length !== inputs.length) {
    const expected = inputs
      .map(({ openShape }, i) => `${inputNames[i]} ${formatShape(openShape)}`)
      .join(", ");
    throw new WgraftError(
      "usage",
      `model ${name}: expected samples of ${inputs.length} inputs, ${expected}; got ${samples.length}`,
    );
  }
  if (augments && samples.length > 1 && samples.some(({ augment }) => augment))
    throw new WgraftError("not-supported", `model ${name}: images are augmented for one input only`);
  return samples.map((sample, i) => {
    const { openShape } = inputs[i];
    if (!fitsOpen(openShape, sample.shape)) {
      const what = inputs.length === 1 ? "samples" : `samples of input ${inputNames[i]}`;
      throw shapeError(`model ${name}`, `${what} ${formatShape(openShape)}`, formatShape(sample.shape));
    }
    const x = graph.input(nameAt("x", i), { shape: [batch, ...sample.shape], dtype: sample.dtype });
    return converted(graph, x, sample, device.precision, augments);
  });
}

function converted(graph: Graph, x: Value, sample: SampleSpec, dtype: FloatType, augments: boolean): Value {
  if (sample.dtype !== "uint8") return castTo(graph, x, dtype);
  const conversion = { mode: sample.preprocess ?? "none", scale: sample.scale, dtype };
  if (!augments || !sample.augment) return graph.add(imageToFloat, [x], conversion);
  const transforms = graph.input("transforms", { shape: [x.shape[0], TRANSFORM_SIZE], dtype: "float32" });
  return graph.add(warpAffine, [x, transforms], { ...sample.augment, ...conversion });
}
