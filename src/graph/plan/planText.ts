import type { Operand } from "../../kernels/op.js";
import { formatSpec } from "../../tensor.js";
import { formatMiB } from "./memory.js";
import { mutatedInputs } from "../passes.js";
import { launchesOf, type ProgramPlan } from "./programPlan.js";

/** A plan for people: its memory, then a line per dispatch: where it writes, from what, how it is launched. */
export function formatPlan({ lowered, buffers, memory, recomputation }: ProgramPlan): string {
  const launches = launchesOf(lowered.steps);
  const place = ({ slot }: Operand) => {
    const index = buffers.placement.get(slot);
    return index === undefined ? `%${slot}` : `b${index}`;
  };
  const lines = launches.map(({ launch, step: { node } }) => {
    const args = launch.args.map((a) => `${place(a)}:${formatSpec(a)}`).join(", ");
    const remarks = [
      ...(mutatedInputs(node).length > 0 ? ["in place"] : []),
      ...(node.original ? ["again"] : []),
      ...(lowered.recurring.has(launch) ? [] : ["when weights change"]),
    ];
    return (
      `${node.scope || "-"} ${node.op.name} ${launch.kernel.name}[${launch.workgroups.join("×")}](${args})` +
      remarks.map((remark) => ` (${remark})`).join("")
    );
  });
  const { variables, inputs, intermediates, total, peak } = memory;
  const rare = launches.length - lowered.recurring.size;
  const head =
    `${lowered.recurring.size} dispatches${rare ? `, ${rare} more when weights change` : ""}; ${formatMiB(total)}: variables ${formatMiB(variables)}, inputs ${formatMiB(inputs)}, ` +
    `intermediates ${formatMiB(intermediates)} in ${buffers.sizes.length} buffers (${formatMiB(buffers.bytesUnshared)} unshared)` +
    (peak ? `, the most at ${peak.layer ? `${peak.layer} ` : ""}${peak.op}` : "");
  const recomputed =
    recomputation &&
    `${recomputation.nodes} nodes run again, from ${recomputation.checkpoints} checkpoints: ` +
      `${formatMiB(recomputation.plainTotal)} without`;
  return [head, ...(recomputed ? [recomputed] : []), ...lines].join("\n");
}
