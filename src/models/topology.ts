/** How the layers of a model are connected. */
import { WgraftError } from "../errors.js";
import { InputLayer } from "./layers/core/inputLayer.js";
import type { Layer, LayerCall, SymbolicTensor } from "./layers/layer.js";

/** A graph of calls of layers. */
export interface Topology {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** The calls between them, those of the inputs included, each after what it reads. */
  readonly calls: readonly LayerCall[];
  /** In Keras's order, which files of weights follow: by the distance to the outputs, the farthest first. */
  readonly layers: readonly Layer[];
}

/**
 * The graph between some tensors. Follows keras/src/ops/function.py.
 * @throws WgraftError `usage` where the outputs depend on an input that is not among `inputs`, and for inputs that are not
 *   those of `Input()`
 */
export function topologyBetween(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): Topology {
  checkInputs(inputs);
  const { calls, visits } = traceCalls(inputs, outputs);
  const depths = depthsOf(calls);
  // An input that nothing reads belongs to the model even so: the last of its layers, and the first to be there.
  const unused = inputs.map(({ call }) => call).filter((call) => !visits.has(call.layer));
  for (const { layer } of unused) {
    depths.set(layer, 0);
    visits.set(layer, -1);
  }
  const layers = [...visits.keys()].sort(
    (a, b) => depths.get(b)! - depths.get(a)! || visits.get(a)! - visits.get(b)!,
  );
  return { inputs, outputs, calls: [...unused, ...calls], layers };
}

function checkInputs(inputs: readonly SymbolicTensor[]): void {
  const seen = new Set<Layer>();
  for (const { layer } of inputs) {
    if (!(layer instanceof InputLayer)) {
      const message = `a model's inputs must come from Input(), got an output of layer ${layer.name}`;
      throw new WgraftError("usage", message);
    }
    if (seen.has(layer)) throw new WgraftError("usage", `input ${layer.name} is given to a model twice`);
    seen.add(layer);
  }
}

/** The calls that outputs depend on, depth-first, and for each layer when its first call was come upon. */
function traceCalls(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) {
  const own = new Set(inputs.map(({ call }) => call));
  const visits = new Map<Layer, number>();
  const done = new Set<LayerCall>();
  // An explicit stack: a network may be deeper than the call stack likes.
  const stack: { readonly call: LayerCall; next: number }[] = [];
  const visit = (call: LayerCall) => {
    if (call.inputs.length === 0 && !own.has(call)) {
      const message = `the outputs depend on input ${call.layer.name}, which is not the model's`;
      throw new WgraftError("usage", message);
    }
    if (!visits.has(call.layer)) visits.set(call.layer, visits.size);
    stack.push({ call, next: 0 });
  };
  for (const output of outputs) {
    if (!done.has(output.call)) visit(output.call);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next === top.call.inputs.length) {
        done.add(top.call);
        stack.pop();
        continue;
      }
      const { call } = top.call.inputs[top.next++];
      if (!done.has(call)) visit(call);
    }
  }
  return { calls: [...done], visits };
}

/** How many calls lie between a layer and the outputs at most; the largest of its calls. */
function depthsOf(calls: readonly LayerCall[]): Map<Layer, number> {
  const ofCalls = new Map<LayerCall, number>();
  const ofLayers = new Map<Layer, number>();
  for (const call of [...calls].reverse()) {
    const depth = Math.max(ofCalls.get(call) ?? 0, ofLayers.get(call.layer) ?? 0);
    ofLayers.set(call.layer, depth);
    for (const { call: before } of call.inputs)
      ofCalls.set(before, Math.max(depth + 1, ofCalls.get(before) ?? 0));
  }
  return ofLayers;
}
