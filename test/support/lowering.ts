import type { Node } from "../../src/graph/graph.js";
import type { DeviceCaps, Launch, LowerContext, Operand } from "../../src/kernels/op.js";
import type { TensorSpec } from "../../src/tensor.js";

export interface Recording {
  readonly ctx: LowerContext;
  readonly launches: readonly Launch[];
  readonly scratch: readonly TensorSpec[];
}

/** A context that keeps what an op launches and asks for; all scratch has slot 99. */
export function recordLaunches(caps: DeviceCaps): Recording {
  const launches: Launch[] = [];
  const scratch: TensorSpec[] = [];
  const make = (spec: TensorSpec): Operand => {
    scratch.push(spec);
    return { ...spec, slot: 99 };
  };
  const ctx: LowerContext = {
    caps,
    launch: (launch) => {
      launches.push(launch);
    },
    scratch: make,
    derive: (_source, _form, spec, fill) => {
      const derived = make(spec);
      fill(derived);
      return derived;
    },
  };
  return { ctx, launches, scratch };
}

/** What a variant of a node's op launches. */
export function launchesBy(variant: string, { op, inputs, outputs, attrs }: Node, caps: DeviceCaps) {
  const { ctx, launches } = recordLaunches(caps);
  const operands = inputs.map((input, slot) => ({ ...input, slot }));
  const results = outputs.map((output, i) => ({ ...output, slot: operands.length + i }));
  const lower = op.variants!(caps, inputs, outputs, attrs).get(variant)!;
  lower(ctx, operands, results, attrs);
  return launches;
}
