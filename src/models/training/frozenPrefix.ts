/** The layers that a network begins with and a training leaves as they are, apart from the rest. */
import { Graph } from "../../graph/graph.js";
import type { Device } from "../../kernels/gpu/device.js";
import { Input } from "../layers/core/inputLayer.js";
import type { LayerCall, SymbolicTensor, Weight } from "../layers/layer.js";
import { layerTable } from "../layers/layerOptions.js";
import { placesIn } from "../layers/regularization/randomPlace.js";
import { Network } from "../network.js";
import { topologyBetween, type Topology } from "../topology.js";
import type { SampleSpec } from "./batches.js";
import { copyCall, flattened } from "./flattened.js";
import { modelInputs } from "./modelInput.js";
import type { Compiled } from "./programs.js";
import { SampleSizes } from "./sourceSize.js";

/** A stretch of a network, on the layers of the network itself. */
class Section extends Network {
  static override readonly table = { ...layerTable, owner: "Section" };
  readonly topology: Topology;

  constructor(of: Network, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) {
    super({ name: of.name });
    this.topology = topologyBetween(inputs, outputs);
  }
}

/**
 * Cuts a network of one input, inner models included, at the last place that all behind it is computed from and no trained
 * weight stands before.
 * @returns undefined where nothing is trained, and where nothing with weights stands before that place
 */
export function splitAtFrozenPrefix(
  network: Network,
  trained: readonly Weight[],
): { prefix: Network; rest: Network } | undefined {
  if (network.inputs.length > 1) return undefined;
  const { inputs, outputs, calls } = flattened(network);
  const variables = new Set(trained.map(({ variable }) => variable));
  let cut = calls.findIndex(({ layer }) => layer.weights.some((w) => variables.has(w.variable))) - 1;
  while (cut > 0 && isBypassed(calls, outputs, cut)) cut--;
  if (cut < 1) return undefined;
  const [place] = calls[cut].outputs;
  const prefix = new Section(network, inputs, [place]);
  if (prefix.weights.length === 0) return undefined;
  const features = Input({ shape: place.openShape });
  const copies = new Map([[place, features]]);
  for (const call of calls.slice(cut + 1)) copyCall(call, copies);
  const ends = outputs.map((tensor) => copies.get(tensor)!);
  return { prefix, rest: new Section(network, [features], ends) };
}

/**
 * How many places for random masks a prefix takes in a model's training.
 * @returns undefined where it computes otherwise in training, so that it cannot be computed once
 */
export function placesOfPrefix(
  { network, device }: { readonly network: Network; readonly device: Device },
  sample: SampleSpec,
  { seed, frozen }: Pick<Compiled, "seed" | "frozen">,
): number | undefined {
  const traced = (training: boolean) => {
    const graph = new Graph();
    const [x] = modelInputs(graph, { network, device }, 1, [sample], {
      sizes: new SampleSizes(network),
      training,
    });
    const step = graph.input("step", { shape: [1], dtype: "uint32" });
    network.call({ graph, dtype: device.precision, training, step, seed, frozen }, x);
    const nodes = graph.nodes.map(({ op, inputs, attrs }) => [op.name, inputs.map(({ id }) => id), attrs]);
    return { text: JSON.stringify(nodes), places: placesIn(graph) };
  };
  const [inTraining, otherwise] = [traced(true), traced(false)];
  if (inTraining.text !== otherwise.text) return undefined;
  // What takes the features in, where they are stored as something else than float32, takes a place of its own.
  return inTraining.places - (device.precision === "float32" ? 0 : 1);
}

/** Whether what comes behind call `cut` reads anything from before it. */
function isBypassed(calls: readonly LayerCall[], outputs: readonly SymbolicTensor[], cut: number): boolean {
  const before = new Set(calls.slice(0, cut));
  const read = [...calls.slice(cut + 1).flatMap(({ inputs }) => inputs), ...outputs];
  return read.some(({ call }) => before.has(call));
}
