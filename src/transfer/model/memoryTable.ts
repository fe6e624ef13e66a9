/** The table of `wgraft summary --memory`. */
import { describeRecomputation } from "../../graph/recompute/fitMemory.js";
import { formatMiB } from "../../graph/plan/memory.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { ProgramMemory, TooLarge } from "./memory.js";
import { formatTable } from "../../format.js";

/** The lines for people. */
export function memoryTable(
  programs: readonly (ProgramMemory | TooLarge)[],
  batchSize: number,
  device: Device,
): string[] {
  const fitting = programs.filter((program) => "total" in program);
  const columns = ["weights", "derived", "optimizer", "inputs", "activations", "total"] as const;
  const activations = device.precision === "float16" ? "activations in float16, " : "";
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const rows = fitting.map((program) => [program.mode, ...columns.map((name) => mib(program[name]))]);
  return [
    `GPU memory in MiB, ${activations}batches of ${batchSize} on ${device.name}:`,
    ...(rows.length > 0 ? formatTable([["", ...columns], ...rows]) : []),
    ...programs.flatMap((program) => remarks(program, device)),
  ];
}

function remarks(program: ProgramMemory | TooLarge, { memoryBudget }: Device): string[] {
  if ("tooLarge" in program) return [`${program.mode}: does not fit: ${program.tooLarge}`];
  const { mode, peak, recomputation, total } = program;
  const where = peak && `${peak.layer ? `${peak.layer} (${peak.op})` : peak.op}`;
  return [
    ...(peak ? [`${mode}: most activations at ${where}: ${formatMiB(peak.bytes)} at once`] : []),
    ...(recomputation
      ? [
          `${mode}: ${describeRecomputation(total, recomputation, `over the budget of ${formatMiB(memoryBudget)}`)}`,
        ]
      : []),
  ];
}
