/** Writes what a training leaves, as a whole. */
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { writeFileAtomic } from "../../io/atomic.js";
import type { RunReport } from "../../io/report/runPage.js";
import { reportFiles, writeRunReport } from "../../io/report/write.js";
import type { Model } from "../../models/model.js";
import { configJson, type RunConfig } from "./config.js";
import { configFile, imagesFile, modelFile } from "./files.js";
import { imagesJson, type RunImages } from "./images.js";

/**
 * Writes model, reports, config.json and images.json. All of them are written aside first and moved into place when the last one is
 * there, so that a failure leaves the files of an earlier run as they were.
 */
export async function saveRun(
  run: string,
  model: Model,
  report: RunReport,
  config: RunConfig,
  images: RunImages | undefined,
): Promise<void> {
  const aside = join(run, `.saving.${process.pid}.${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(aside, { recursive: true });
    await model.save(join(aside, modelFile));
    await writeRunReport(aside, report);
    await writeFileAtomic(join(aside, configFile), configJson(config));
    if (images) await writeFileAtomic(join(aside, imagesFile), imagesJson(images));
    else await rm(join(run, imagesFile), { force: true });
    for (const name of [modelFile, ...reportFiles, configFile, ...(images ? [imagesFile] : [])])
      await rename(join(aside, name), join(run, name));
  } catch (cause) {
    if (cause instanceof WgraftError) throw cause;
    throw new WgraftError("io", `cannot write ${run}: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
