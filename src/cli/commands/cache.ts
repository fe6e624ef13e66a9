import type { Command } from "commander";
import { formatMiB } from "../../graph/plan/memory.js";
import { formatTable } from "../output.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

interface CacheOptions {
  clear?: boolean;
}

export function register(program: Command): void {
  program
    .command("cache")
    .description("show where the feature cache and the tuning table are and how large, or empty them")
    .option("--clear", "empty both")
    .option("--json", "print one JSON object on stdout")
    .action((options: CacheOptions & GlobalOptions) => run(options, cache));
}

async function cache({ out }: CommandContext, { clear }: CacheOptions): Promise<void> {
  const { cacheUsage, clearCaches } = await import("../../transfer/data/cache.js");
  const before = await cacheUsage();
  if (clear) await clearCaches();
  const usage = clear ? await cacheUsage() : before;
  const { features, tuning } = usage;
  const rows = [
    [
      "features",
      `${features.entries} images`,
      `${formatMiB(features.bytes)} of ${formatMiB(features.bound)}`,
    ],
    ["tuning", `${tuning.entries} kernels`, formatMiB(tuning.bytes)],
  ];
  const paths = [features.path, tuning.path];
  for (const [i, line] of formatTable(rows).entries()) out.result(`${line}  ${paths[i]}`);
  if (clear)
    out.note(
      `freed ${formatMiB(before.features.bytes + before.tuning.bytes - features.bytes - tuning.bytes)}`,
    );
  else out.note("--clear empties both; WGRAFT_CACHE_MIB bounds the feature cache (0: none)");
  out.finish({ ...usage, cleared: clear === true });
}
