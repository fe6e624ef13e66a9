/** AMD's compiler on every pipeline of VGG16, MobileNet and ResNet50, for GPUs that are not there: see scripts/test-adapters.sh. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundling } from "../../scripts/bundling.mjs";
import { amdTable } from "./amdTable.js";
import { readStats, type Compiled } from "./shaderStats.js";

const execute = promisify(execFile);
const cache = process.env.WGRAFT_ADAPTERS!;
const program = join(cache, "compilePipelines.mjs");

/**
 * GCN, RDNA 2, RDNA 3 and RDNA 4, and the least subgroups that a SIMD must keep in flight: of products by subgroups, made for CPU
 * adapters, which a tuner times here too, and by matrices, and of all else.
 */
const families = { VEGA10: [1, 1], NAVI21: [4, 6], NAVI31: [5, 8], GFX1200: [4, 4] } as const;

const bySubgroups = /_subgroup|_tensor|^panel_product/;
const precisions = ["float32", "float16"] as const;

const table = new Map<string, readonly Compiled[]>();

beforeAll(async () => {
  await build({
    ...bundling,
    entryPoints: [join(import.meta.dirname, "compilePipelines.ts")],
    outfile: program,
  });
});

afterAll(() => {
  writeFileSync(join(cache, "amd-pipelines.md"), amdTable(table));
});

async function compiledFor(family: string, precision: string): Promise<Compiled[]> {
  const log = join(cache, `${family}-${precision}.log`);
  mkdirSync(cache, { recursive: true });
  const { stdout } = await execute("bash", ["-c", 'exec node "$0" "$1" 2>"$2"', program, precision, log], {
    env: {
      ...process.env,
      VK_DRIVER_FILES: join(cache, "null_icd.json"),
      RADV_FORCE_FAMILY: family,
      RADV_DEBUG: "shaderstats,nocache",
    },
  });
  const { adapter, pipelines, failures } = JSON.parse(stdout) as {
    adapter: string;
    pipelines: number;
    failures: string[];
  };
  expect(adapter.toUpperCase()).toContain(family);
  expect(failures).toEqual([]);
  const compiled = readStats(readFileSync(log, "utf8"));
  expect(compiled).toHaveLength(pipelines);
  return compiled;
}

describe.each(Object.entries(families))("%s", (family, [leastBySubgroups, least]) => {
  it.each(precisions)("compiles every pipeline of %s without spills", async (precision) => {
    const compiled = await compiledFor(family, precision);
    table.set(`${family} ${precision}`, compiled);
    expect(compiled.length).toBeGreaterThan(100);
    expect(compiled.filter(({ spills, scratch }) => spills + scratch > 0)).toEqual([]);
    const few = compiled.filter(({ kernel, occupancy }) => {
      return occupancy < (bySubgroups.test(kernel) ? leastBySubgroups : least);
    });
    expect(few).toEqual([]);
  });
});
