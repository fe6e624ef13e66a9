/** How samples enter a model's graph. */
import { shapeError, WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Device } from "../../kernels/gpu/device.js";
import { imageToFloat } from "../../kernels/image/imageToFloat.js";
import { TRANSFORM_SIZE, warpAffine } from "../../kernels/image/warpAffine.js";
import { BOX_SIZE, resizeImages } from "../../kernels/image/resizeImages.js";
import { toBytes } from "../../kernels/image/toBytes.js";
import type { Value } from "../../kernels/op.js";
import { castTo } from "../../kernels/shape/cast.js";
import { formatShape } from "../../tensor.js";
import { Embedding } from "../layers/core/embedding.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import { fitsOpen } from "../layers/openShape.js";
import type { Network } from "../network.js";
import type { SampleSpec } from "./batches.js";
import { nameAt } from "./feeds.js";
import { flattened } from "./flattened.js";
import { capacityFor, type SampleSizes } from "./sourceSize.js";

interface InputOptions {
  /** Whether samples that come with `transforms` are augmented. Default false. */
  readonly training?: boolean;
  /** Says for which inputs the size of the samples is fed as well. Default: none. */
  readonly sizes?: SampleSizes;
}

/**
 * The model's inputs, stored as the device stores activations: floats as they are; uint8 images are converted by the first
 * dispatch, in training augmented on the way. Images whose size is fed have the size that the model brings them to.
 * @throws WgraftError `usage` where the samples are of more or fewer inputs, `shape` where one does not fit
 */
export function modelInputs(
  graph: Graph,
  { network, device }: { readonly network: Network; readonly device: Device },
  batch: number,
  samples: readonly SampleSpec[],
  { training = false, sizes }: InputOptions = {},
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
  if (training && samples.length > 1 && samples.some(({ augment }) => augment))
    throw new WgraftError("not-supported", `model ${name}: images are augmented for one input only`);
  return samples.map((sample, i) => {
    const { openShape, layer } = inputs[i];
    if (!fitsOpen(openShape, sample.shape)) {
      const what = inputs.length === 1 ? "samples" : `samples of input ${inputNames[i]}`;
      throw shapeError(`model ${name}`, `${what} ${formatShape(openShape)}`, formatShape(sample.shape));
    }
    // As in Keras, what an input of uint8 is given is cast to that.
    const truncate = layer instanceof InputLayer && layer.dtype === "uint8" && sample.dtype !== "uint8";
    const conversion = { mode: sample.preprocess ?? "none", scale: sample.scale, dtype: device.precision };
    const fixing = sizes?.layerOf(i, sample, training);
    if (fixing) {
      const [, , channels] = sample.shape;
      const pixels = { shape: [capacityFor(sample, batch)], dtype: sample.dtype };
      const x = graph.input(nameAt("x", i), pixels, { isCapacity: true });
      const boxes = graph.input(nameAt("boxes", i), { shape: [batch, BOX_SIZE], dtype: "uint32" });
      return graph.add(resizeImages, [x, boxes], { ...fixing.resampling, channels, truncate, ...conversion });
    }
    const x = graph.input(nameAt("x", i), { shape: [batch, ...sample.shape], dtype: sample.dtype });
    if (sample.dtype !== "uint8") {
      const floats = truncate ? graph.add(toBytes, [x], cut) : x;
      return isLookedUp(network, i) ? floats : castTo(graph, floats, device.precision);
    }
    if (!training || !sample.augment) return graph.add(imageToFloat, [x], conversion);
    const transforms = graph.input("transforms", { shape: [batch, TRANSFORM_SIZE], dtype: "float32" });
    return graph.add(warpAffine, [x, transforms], { ...sample.augment, ...conversion });
  });
}

/** Whether an input is numbers of an `Embedding` alone, too many for float16 to represent. */
function isLookedUp(network: Network, i: number): boolean {
  const { inputs, calls, outputs } = flattened(network);
  const readers = calls.filter((call) => call.inputs.includes(inputs[i]));
  const isEmbedding = readers.every(({ layer }) => layer instanceof Embedding);
  return readers.length > 0 && isEmbedding && !outputs.includes(inputs[i]);
}

const cut = { rounding: "down" } as const;
