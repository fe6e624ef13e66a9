import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { writeFileAtomic } from "../atomic.js";
import { historyCsv, historyJson } from "./history.js";
import { renderCurvesSvg } from "./plots/curves.js";
import { renderPng } from "./plots/svg.js";
import { runPage, type RunReport } from "./runPage.js";

/** The files that `writeRunReport` leaves in the run's folder. */
export const reportFiles = [
  "history.json",
  "history.csv",
  "curves.svg",
  "curves.png",
  "report.html",
] as const;

/**
 * Writes what a run leaves for people to look at into `dir`, which is made when it is missing: history.json, history.csv,
 * curves.svg, curves.png and report.html, each whole or not at all.
 * @throws WgraftError "io" when the folder cannot be made or written to
 * @example
 * const { history } = await model.fit(x, y, { epochs: 3 });
 * await writeRunReport("runs/mine", { title: "My head", history });
 */
export async function writeRunReport(dir: string, report: RunReport): Promise<void> {
  const svg = await renderCurvesSvg(report.history, { best: report.best });
  const contents: Record<(typeof reportFiles)[number], string | Uint8Array> = {
    "history.json": historyJson(report.history),
    "history.csv": historyCsv(report.history),
    "curves.svg": svg,
    "curves.png": await renderPng(svg),
    "report.html": await runPage(report),
  };
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw new WgraftError("io", `${dir}: cannot make this folder: ${messageOf(error)}`, { cause: error });
  });
  for (const name of reportFiles) await writeFileAtomic(join(dir, name), contents[name]);
}
