/** Nodes → kernel launches, still as plain data. */
import { WgraftError } from "../errors.js";
import type { DeviceCaps, Launch, LowerContext, Operand, Value } from "../kernels/op.js";
import { tunableOf, type Tunable } from "../kernels/gpu/tuning.js";
import type { TensorSpec } from "../tensor.js";
import type { Node } from "./graph.js";
import { mutatedInputs } from "./passes.js";

/** One node with what it launches. Slots of scratch operands are negative, those of values are the values' ids. */
export interface Step {
  readonly node: Node;
  readonly launches: readonly Launch[];
  readonly scratch: readonly Operand[];
  readonly derived: readonly Derived[];
  /** Present where there was more than one way to launch the node. */
  readonly tunable?: Tunable;
}

/** A constant variable in another form. */
export interface Derived extends Operand {
  /** Slot of the variable. */
  readonly source: number;
  readonly form: string;
  /** Those of the step that make it. */
  readonly launches: ReadonlySet<Launch>;
}

export interface Lowered {
  readonly steps: readonly Step[];
  /** The slot that holds a value: its own id, or that of the value it is another shape of. */
  slotOf(value: Value): number;
}

/**
 * @param nodes in the order in which they run; all of them are launched
 * @param variables ids of the values that are variables
 */
export function lower(
  nodes: readonly Node[],
  outputs: readonly Value[],
  variables: ReadonlySet<number>,
  caps: DeviceCaps,
): Lowered {
  const written = new Set(nodes.flatMap((node) => mutatedInputs(node).map((i) => node.inputs[i].id)));
  const isConstant = ({ slot }: Operand) => variables.has(slot) && !written.has(slot);
  const read = new Set([...outputs, ...nodes.flatMap((n) => n.inputs)].map((v) => v.id));
  const aliases = new Map<number, number>();
  const slotOf = (value: Value) => aliases.get(value.id) ?? value.id;
  const operand = (value: Value): Operand => ({
    shape: value.shape,
    dtype: value.dtype,
    slot: slotOf(value),
  });
  const steps: Step[] = [];
  let scratchSlots = 0;
  for (const node of nodes) {
    const [first] = node.outputs;
    if (node.op.alias && first && node.inputs[0]) {
      aliases.set(first.id, slotOf(node.inputs[0]));
      continue;
    }
    const launches: Launch[] = [];
    const scratch: Operand[] = [];
    const derived: Derived[] = [];
    const tuned = node.inputs.map((v) => ({
      shape: v.shape,
      dtype: v.dtype,
      constant: isConstant(operand(v)),
    }));
    const tunable = tunableOf(caps, node.op, tuned, node.outputs, node.attrs);
    const context: LowerContext = {
      caps,
      variant: tunable?.choice,
      launch: (launch: Launch) => {
        launches.push(checked(launch, node, caps));
      },
      scratch: (spec: TensorSpec) => {
        const made = { ...spec, slot: -1 - scratchSlots++ };
        scratch.push(made);
        return made;
      },
      derive: (source, form, spec, fill) => {
        if (!isConstant(source)) {
          const made = context.scratch(spec);
          fill(made);
          return made;
        }
        const made = { ...spec, slot: -1 - scratchSlots++ };
        const before = launches.length;
        fill(made);
        derived.push({ ...made, source: source.slot, form, launches: new Set(launches.slice(before)) });
        return made;
      },
    };
    if (!node.op.lower)
      throw new WgraftError("internal", `${node.op.name} has no kernels`, { op: node.op.name });
    const results = node.outputs.map((v, i) => (i === 0 || read.has(v.id) ? operand(v) : undefined));
    node.op.lower(context, node.inputs.map(operand), results, node.attrs);
    steps.push({ node, launches, scratch, derived, ...(tunable && { tunable }) });
  }
  return { steps, slotOf };
}

function checked(launch: Launch, node: Node, { f16 }: DeviceCaps): Launch {
  if (launch.args.length !== launch.kernel.access.length) {
    throw new WgraftError(
      "internal",
      `${node.op.name}: kernel ${launch.kernel.name} binds ${launch.kernel.access.length} buffers, got ${launch.args.length}`,
    );
  }
  if (!f16 && launch.args.some(({ dtype }) => dtype === "float16")) {
    throw new WgraftError("not-supported", `${node.op.name}: float16 needs an adapter with shader-f16`);
  }
  return launch;
}
