/** The figures of AMD's compiler as a page of Markdown. */
import type { Compiled } from "./shaderStats.js";

/** A kernel's pipelines together: the most registers and workgroup memory, the fewest subgroups in flight. */
interface Row {
  pipelines: number;
  vgprs: number;
  lds: number;
  occupancy: number;
  spills: number;
}

/** @param compiled by family and precision: "NAVI31 float16" */
export function amdTable(compiled: ReadonlyMap<string, readonly Compiled[]>): string {
  const parts = [...compiled].map(([name, pipelines]) => {
    const rows = new Map<string, Row>();
    for (const { kernel, vgprs, lds, occupancy, spills } of pipelines) {
      const row = rows.get(kernel);
      rows.set(kernel, {
        pipelines: (row?.pipelines ?? 0) + 1,
        vgprs: Math.max(row?.vgprs ?? 0, vgprs),
        lds: Math.max(row?.lds ?? 0, lds),
        occupancy: Math.min(row?.occupancy ?? Infinity, occupancy),
        spills: (row?.spills ?? 0) + spills,
      });
    }
    const lines = [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([kernel, r]) =>
          `| ${kernel} | ${r.pipelines} | ${r.vgprs} | ${r.lds} | ${r.occupancy} | ${r.spills} |`,
      );
    return [
      `## ${name}, ${pipelines.length} pipelines`,
      "",
      "| kernel | pipelines | vector registers | workgroup memory, bytes | subgroups per SIMD | spills |",
      "| --- | --- | --- | --- | --- | --- |",
      ...lines,
    ].join("\n");
  });
  return `# Pipelines on AMD GPUs, as compiled

Written by \`npm run test:adapters\`: every pipeline of VGG16, MobileNet and ResNet50 (prediction and training, every
variant) compiled by Mesa's RADV for GPUs that are not there. Registers and workgroup memory are the most of a kernel's
pipelines, subgroups per SIMD the fewest.

${parts.join("\n\n")}
`;
}
