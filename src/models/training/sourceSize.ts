/** Inputs of images that a layer brings to one size: one program serves images of every size. */
import { BOX_SIZE, boxNumbers } from "../../kernels/image/resizeImages.js";
import { sizeOf, type TensorData } from "../../tensor.js";
import { Identity } from "../layers/core/identity.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Cast } from "../layers/operations/cast.js";
import { Normalization } from "../layers/preprocessing/normalization.js";
import { RandomColor, RandomWarp } from "../layers/preprocessing/randomLayer.js";
import { Rescaling } from "../layers/preprocessing/rescaling.js";
import { fixesSize, type FixesSize } from "../layers/preprocessing/sourceBox.js";
import type { Network } from "../network.js";
import type { SampleSpec } from "./batches.js";
import { nameAt } from "./feeds.js";
import { flattened } from "./flattened.js";

/** Numbers that the input of such a program has room for, at least: 4 MiB of pixels. */
const leastCapacity = 2 ** 22;

/**
 * The layer that brings an input's images to one size, where nothing before it depends on their size: resampling before or after
 * a scale and an offset is the same.
 * @param training whether random layers act
 * @returns undefined where there is none, or the input's size is fixed
 */
export function sizeFixingLayer(network: Network, i: number, training: boolean): FixesSize | undefined {
  return network.inputs[i].isOpen ? resizingLayer(network, i, training) : undefined;
}

/** The same, of whatever size the input is. */
export function resizingLayer(network: Network, i: number, training: boolean): FixesSize | undefined {
  const { inputs, calls, outputs } = flattened(network);
  let tensor: SymbolicTensor = inputs[i];
  let isPlain = true;
  for (;;) {
    const readers = calls.filter((call) => call.inputs.includes(tensor));
    const [{ layer, outputs: made } = { layer: undefined, outputs: [] }] = readers;
    if (!layer || readers.length > 1 || outputs.includes(tensor)) return undefined;
    // Padding is not scaled.
    if (fixesSize(layer)) return isPlain || !layer.sourceBox([1, 2]).padding ? layer : undefined;
    if (!isAffine(layer, training)) return undefined;
    if (!(layer instanceof Identity || layer instanceof Cast)) isPlain = false;
    [tensor] = made;
  }
}

/** Whether a layer does the same to each pixel, a scale and an offset. */
function isAffine(layer: Layer, training: boolean): boolean {
  if (layer instanceof RandomWarp || layer instanceof RandomColor) return !training;
  return [Identity, Cast, Rescaling, Normalization].some((kind) => layer instanceof kind);
}

/** Numbers that the input of a program is made with, so that it serves samples of other sizes as well. */
export function capacityFor(sample: SampleSpec, batch: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(leastCapacity, batch * sizeOf(sample.shape))));
}

/** Where the images of a batch lie among its numbers: what such a program is fed next to them. */
export function boxesOf(layer: FixesSize, { shape }: SampleSpec, batch: number): Uint32Array {
  const [height, width, channels] = shape;
  const box = layer.sourceBox([height, width]);
  const boxes = new Uint32Array(batch * BOX_SIZE);
  for (let k = 0; k < batch; k++)
    boxes.set(boxNumbers(box, width, channels, k * sizeOf(shape)), k * BOX_SIZE);
  return boxes;
}

/** The sizes of samples, as a program of `Programs` is fed them; nothing where it is made for their size. */
export class SampleSizes {
  private readonly layers = new Map<string, FixesSize | undefined>();

  constructor(private readonly network: Network) {}

  /** The layer that makes an input's programs those of every size; undefined where each size has its own. */
  layerOf(i: number, sample: SampleSpec, training: boolean): FixesSize | undefined {
    // Augmented images are moved at their own size.
    if (training && sample.augment) return undefined;
    const key = `${i} ${training}`;
    if (!this.layers.has(key)) this.layers.set(key, sizeFixingLayer(this.network, i, training));
    return this.layers.get(key);
  }

  feeds(samples: readonly SampleSpec[], batch: number, training: boolean): Record<string, TensorData> {
    const entries = samples.map((sample, i) => {
      const layer = this.layerOf(i, sample, training);
      return layer ? [[nameAt("boxes", i), boxesOf(layer, sample, batch)] as const] : [];
    });
    return Object.fromEntries(entries.flat());
  }
}
