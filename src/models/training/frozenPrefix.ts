/** The layers that a network begins with and a training leaves as they are, apart from the rest. */
import { Input } from "../layers/core/inputLayer.js";
import type { Weight } from "../layers/layer.js";
import { layerTable } from "../layers/layerOptions.js";
import { Network, type LayerCall } from "../network.js";

/** A stretch of a network, on the layers of the network itself. */
class Section extends Network {
  static override readonly table = { ...layerTable, owner: "Section" };

  constructor(
    of: Network,
    override readonly calls: readonly LayerCall[],
  ) {
    super({ name: of.name });
  }
}

/**
 * Cuts a network, inner models included, at the last place that all behind it is computed from and no trained weight
 * stands before.
 * @returns undefined where nothing is trained, and where nothing with weights stands before that place
 */
export function splitAtFrozenPrefix(
  network: Network,
  trained: readonly Weight[],
): { prefix: Network; rest: Network } | undefined {
  const calls = leafCalls(network);
  const variables = new Set(trained.map(({ variable }) => variable));
  let cut = calls.findIndex(({ layer }) => layer.weights.some((w) => variables.has(w.variable))) - 1;
  while (cut > 0 && isBypassed(calls, cut)) cut--;
  if (cut < 1) return undefined;
  const prefix = new Section(network, calls.slice(0, cut + 1));
  if (prefix.weights.length === 0) return undefined;
  const features = Input({ shape: calls[cut].output.shape });
  const behind = calls
    .slice(cut + 1)
    .map(({ inputs, ...call }) => ({ ...call, inputs: inputs.map((i) => i - cut) }));
  const rest = new Section(network, [{ layer: features.layer, inputs: [], output: features }, ...behind]);
  return { prefix, rest };
}

/** Whether a call behind place `cut` reads from before it. */
function isBypassed(calls: readonly LayerCall[], cut: number): boolean {
  return calls.slice(cut + 1).some(({ inputs }) => inputs.some((i) => i < cut));
}

/** The calls of a network with those of inner models in their places. */
function leafCalls(network: Network): LayerCall[] {
  const leaves: LayerCall[] = [];
  /** @returns the place of the network's output */
  const add = ({ calls }: Network, input?: number): number => {
    const places: number[] = [];
    for (const { layer, inputs, output } of calls) {
      const given = inputs.map((i) => places[i]);
      if (given.length === 0 && input !== undefined) places.push(input);
      else if (layer instanceof Network) places.push(add(layer, given[0]));
      else places.push(leaves.push({ layer, inputs: given, output }) - 1);
    }
    return places.at(-1)!;
  };
  add(network);
  return leaves;
}
