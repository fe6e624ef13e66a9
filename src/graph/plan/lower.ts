/** Nodes → kernel launches, still as plain data. */
import { WgraftError } from "../../errors.js";
import type { DeviceCaps, Launch, LowerContext, Operand, Value } from "../../kernels/op.js";
import { tunableOf, type Tunable } from "../../kernels/gpu/tuning.js";
import type { TensorSpec } from "../../tensor.js";
import { Constants, type Kept } from "./constants.js";
import type { Node } from "../graph.js";
import { mutatedInputs } from "../passes.js";
import type { Variable } from "../variable.js";

/** One node with what it launches. Slots of scratch operands are negative, those of values are the values' ids. */
export interface Step {
  readonly node: Node;
  readonly launches: readonly Launch[];
  readonly scratch: readonly Operand[];
  /** Forms of constants that its launches read, and that are not kept where these are constant themselves. */
  readonly derived: readonly Operand[];
  /** Present where there was more than one way to launch the node. */
  readonly tunable?: Tunable;
}

export interface Lowered {
  readonly steps: readonly Step[];
  /** Made when a variable has changed. */
  readonly kept: readonly Kept[];
  /** The launches of every run; the remaining ones compute what is cached. */
  readonly recurring: ReadonlySet<Launch>;
  /** The slot of a value: its own id, or that of the value it is another shape of. */
  slotOf(value: Value): number;
}

/** @param nodes in the order in which they run; all of them are launched */
export function lower(
  nodes: readonly Node[],
  outputs: readonly Value[],
  variables: ReadonlyMap<Variable, Value>,
  caps: DeviceCaps,
): Lowered {
  const written = new Set(nodes.flatMap((node) => mutatedInputs(node).map((i) => node.inputs[i].id)));
  const read = new Set([...outputs, ...nodes.flatMap((n) => n.inputs)].map((v) => v.id));
  const aliases = new Map<number, number>();
  const slotOf = (value: Value) => aliases.get(value.id) ?? value.id;
  const operand = (value: Value): Operand => ({
    shape: value.shape,
    dtype: value.dtype,
    slot: slotOf(value),
  });
  const constants = new Constants(
    [...variables].filter(([, { id }]) => !written.has(id)).map(([v, value]) => [v, operand(value)]),
  );
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
    const derived: Operand[] = [];
    const inputs = node.inputs.map(operand);
    const isConstant = mutatedInputs(node).length === 0 && inputs.every(({ slot }) => constants.has(slot));
    // What is computed once is no product with a constant of every run.
    const isKept = ({ slot }: Operand) => !isConstant && constants.has(slot);
    const tuned = inputs.map((input) => ({
      shape: input.shape,
      dtype: input.dtype,
      constant: isKept(input),
    }));
    const tunable = tunableOf(caps, node.op, tuned, node.outputs, node.attrs);
    const context: LowerContext = {
      caps,
      launch: (launch: Launch) => {
        launches.push(checked(launch, node, caps));
      },
      scratch: (spec: TensorSpec) => {
        const made = { ...spec, slot: -1 - scratchSlots++ };
        scratch.push(made);
        return made;
      },
      derive: (source, form, spec, fill) => {
        if (!isKept(source)) {
          const made = context.scratch(spec);
          fill(made);
          return made;
        }
        const made = { ...spec, slot: -1 - scratchSlots++ };
        const before = launches.length;
        fill(made);
        derived.push(made);
        constants.addForm(made, source, form, launches.slice(before));
        return made;
      },
    };
    const { op, attrs } = node;
    const variants =
      tunable?.choice === undefined ? undefined : op.variants?.(caps, tuned, node.outputs, attrs);
    const launchAll = variants?.get(tunable!.choice!) ?? op.lower?.bind(op);
    if (!launchAll) throw new WgraftError("internal", `${op.name} has no kernels`, { op: op.name });
    const results = node.outputs.map((v, i) => (i === 0 || read.has(v.id) ? operand(v) : undefined));
    launchAll(context, inputs, results, attrs);
    if (isConstant) constants.addOutputs(node, inputs, node.outputs.map(operand), launches);
    steps.push({ node, launches, scratch, derived, ...(tunable && { tunable }) });
  }
  const all = steps.flatMap((step) => step.launches);
  return { steps, slotOf, ...constants.split(all, outputs.map(slotOf)) };
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
