/** How samples enter a model's graph. */
import { shapeError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Device } from "../../kernels/gpu/device.js";
import { imageToFloat } from "../../kernels/image/imageToFloat.js";
import { TRANSFORM_SIZE, warpAffine } from "../../kernels/image/warpAffine.js";
import type { Value } from "../../kernels/op.js";
import { castTo } from "../../kernels/shape/cast.js";
import { formatShape, sameShape } from "../../tensor.js";
import type { Network } from "../network.js";
import type { Augmentation, SampleSpec } from "./batches.js";

/**
 * The model's input, stored as the device stores activations: floats as they are; uint8 images are converted by the first
 * dispatch, in training augmented on the way.
 */
export function modelInput(
  graph: Graph,
  { network, device }: { readonly network: Network; readonly device: Device },
  batch: number,
  sample: SampleSpec,
  augment?: Augmentation,
): Value {
  const { name, inputShape } = network;
  if (!sameShape(sample.shape, inputShape)) {
    throw shapeError(`model ${name}`, `samples ${formatShape(inputShape)}`, formatShape(sample.shape));
  }
  const { precision: dtype } = device;
  const x = graph.input("x", { shape: [batch, ...sample.shape], dtype: sample.dtype });
  if (sample.dtype !== "uint8") return castTo(graph, x, dtype);
  const conversion = { mode: sample.preprocess ?? "none", scale: sample.scale, dtype };
  if (!augment) return graph.add(imageToFloat, [x], conversion);
  const transforms = graph.input("transforms", { shape: [batch, TRANSFORM_SIZE], dtype: "float32" });
  return graph.add(warpAffine, [x, transforms], { ...augment, ...conversion });
}
