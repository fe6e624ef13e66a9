/** Whether a model preprocesses its images itself: then it takes pixels as they are. */
import { BinaryOperation } from "../../models/layers/operations/binary.js";
import type { Layer, LayerCall, SymbolicTensor } from "../../models/layers/layer.js";
import { Normalization } from "../../models/layers/preprocessing/normalization.js";
import { Rescaling } from "../../models/layers/preprocessing/rescaling.js";
import { Network } from "../../models/network.js";
import { TrueDivide } from "../../models/layers/operations/arithmetic.js";

/** What is subtracted from or divided by for pixels 0…255 is larger than what is meant for numbers of about 1. */
const pixelScale = 16;

/**
 * The layer that turns pixels 0…255 into the numbers that the network was trained on; undefined where none does. It is
 * looked for from the input on, through layers without weights: random augmentation, resizing, inner models.
 */
export async function preprocessingLayer(model: Network): Promise<Layer | undefined> {
  const seen = new Set<SymbolicTensor>();
  const search = async (network: Network, inputs: readonly SymbolicTensor[]): Promise<Found> => {
    const readers = readersOf(network);
    const waiting = [...inputs];
    for (let tensor = waiting.shift(); tensor; tensor = waiting.shift()) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      for (const call of readers.get(tensor) ?? []) {
        const found = await judge(call, search);
        if (found === "end") continue;
        if (found !== "through") return found;
        waiting.push(...call.outputs);
      }
    }
    return network.outputs.some((output) => seen.has(output)) ? "through" : "end";
  };
  const found = await search(model, model.inputs);
  return typeof found === "string" ? undefined : found;
}

/** The layer; or whether the pixels come through as they are, or end here, at a layer that computes with them. */
type Found = Layer | "through" | "end";

/** Which calls a tensor goes into. */
function readersOf(network: Network): Map<SymbolicTensor, Set<LayerCall>> {
  const readers = new Map<SymbolicTensor, Set<LayerCall>>();
  for (const call of network.calls) {
    for (const tensor of call.inputs) {
      const known = readers.get(tensor);
      if (known) known.add(call);
      else readers.set(tensor, new Set([call]));
    }
  }
  return readers;
}

async function judge(
  { layer }: LayerCall,
  search: (network: Network, inputs: readonly SymbolicTensor[]) => Promise<Found>,
): Promise<Found> {
  if (layer instanceof Network) return search(layer, layer.inputs);
  if (await isForPixels(layer)) return layer;
  const isArithmetic = layer instanceof BinaryOperation || layer instanceof Rescaling;
  return layer.weights.length > 0 || isArithmetic ? "end" : "through";
}

async function isForPixels(layer: Layer): Promise<boolean> {
  if (layer instanceof Rescaling) return layer.scales.every((scale) => Math.abs(scale) <= 1 / pixelScale);
  if (layer instanceof Normalization) return (await layer.largestMean()) >= pixelScale;
  if (!(layer instanceof BinaryOperation)) return false;
  const constants = layer.constants.flatMap(({ values }) => values).map(Math.abs);
  if (constants.length === 0) return false;
  const isFactor = layer.className === "Multiply";
  if (isFactor) return constants.every((value) => value <= 1 / pixelScale);
  const isShift = layer.className === "Add" || layer.className === "Subtract";
  return (layer instanceof TrueDivide || isShift) && constants.every((value) => value >= pixelScale);
}
