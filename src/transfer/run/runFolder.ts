/** Where a training writes: a folder that is given, or the next free one. */
import { mkdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { makeFolder } from "../../io/writing.js";
import { checkpointPath, checkRunFolder, configFile, modelFile, runs } from "./files.js";

interface RunOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
}

/**
 * Checks the folder that is given before any work. Makes nothing.
 * @throws WgraftError `usage` for one that has a run already, unless that is to be continued or replaced, and where a run that
 *   is to be continued is not named; `io` where it cannot be written
 */
export async function checkRun({ out, resume, overwrite }: RunOptions): Promise<void> {
  const refuse = (why: string, option: string) => new WgraftError("usage", why, { option });
  if (resume && overwrite)
    throw refuse("`resume` and `overwrite` contradict each other; omit one", "overwrite");
  if (out === undefined) {
    if (resume) throw refuse("`resume` needs `out`, the run to continue", "out");
    return;
  }
  await checkRunFolder(out);
  if (resume || overwrite || !(await hasRun(out))) return;
  throw refuse(`${out} has a run already; \`resume\` continues it, \`overwrite\` replaces it`, "out");
}

async function hasRun(folder: string): Promise<boolean> {
  const parts = [join(folder, modelFile), join(folder, configFile), checkpointPath(folder)];
  for (const path of parts) if (await stat(path).catch(() => undefined)) return true;
  return false;
}

/** A run's folder. */
export interface ClaimedRun {
  readonly run: string;
  /** To be called when nothing was written: removes a folder that was made for the run. */
  readonly release: () => Promise<void>;
}

/**
 * The folder of a run: `out`, or runs/APP-N, which is made, so that no other process takes it.
 * @throws WgraftError `io` where it cannot be made
 */
export async function claimRun(out: string | undefined, application: string): Promise<ClaimedRun> {
  if (out !== undefined) return { run: out, release: async () => undefined };
  await makeFolder(runs);
  const name = application.replace(/[^\w.-]/g, "-");
  for (let n = 1; ; n++) {
    const run = join(runs, `${name}-${n}`);
    try {
      await mkdir(run);
      // Fails where there is something in it, which is as it should be.
      return { run, release: () => rmdir(run).catch(() => undefined) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw new WgraftError("io", `cannot make the folder ${run}: ${messageOf(cause)}`, { cause });
    }
  }
}
