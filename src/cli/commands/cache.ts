import type { Command } from "commander";
import { formatMiB } from "../../graph/plan/memory.js";
import { formatTable } from "../../format.js";
import { flag } from "../options.js";
import { addOptions } from "../optionTable.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("cache")
    .description("show where the feature cache and the tuning table are and how large, or empty them");
  addOptions(command, ["clear", "json", "quiet"], { clear: flag("empty both") }).action(
    (options: GlobalOptions & { clear?: boolean }) => run(options, cache),
  );
}

async function cache({ out }: CommandContext, { clear }: { clear?: boolean }): Promise<void> {
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
