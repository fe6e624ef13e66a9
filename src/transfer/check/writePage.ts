import { stat } from "node:fs/promises";
import { WgraftError } from "../../errors.js";
import { writeFileAtomic } from "../../io/atomic.js";
import type { DataCheck } from "../../io/report/dataCheck.js";
import { dataPage } from "../../io/report/dataPage.js";

/** @throws WgraftError `usage` where the file is there, and is not to be replaced */
export async function refuseExistingPage(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return;
  throw new WgraftError("usage", `${path} is there already; \`overwrite\` replaces it`, {
    option: "overwrite",
  });
}

/**
 * Writes what `checkData` found as an HTML page, with small copies of the images in it. Replaces a file only when whole.
 * @throws WgraftError `io` where it cannot be written
 * @example
 * const check = await checkData({ data: "photos" });
 * await writeDataPage(check, "data.html");
 */
export async function writeDataPage(check: DataCheck, path: string): Promise<void> {
  await writeFileAtomic(path, await dataPage(check));
}
