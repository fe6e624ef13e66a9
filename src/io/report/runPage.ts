/** report.html of a run. */
import { formatSeconds } from "../../format.js";
import type { Assessment, Explained } from "./assessment.js";
import { bestEpoch, type MarkedEpoch } from "./bestEpoch.js";
import { epochCount, type History } from "./history.js";
import { markup } from "./html.js";
import { pageHtml } from "./page.js";
import { figure, tile, tiles, type Section } from "./parts.js";
import { assessmentSections, assessmentTiles } from "./sections/assessment.js";
import { settingsTable, type Settings } from "./sections/settings.js";
import { curvesSection, outcomeTable, timesSection, type RunTimes } from "./sections/training.js";

export interface RunReport extends Explained {
  /** Heading of the page: what was trained. */
  title: string;
  history: History;
  /** Default: the epoch with the lowest val_loss, or loss where nothing is validated. */
  best?: MarkedEpoch;
  /** The epoch, from 1, whose weights the saved model has. */
  keptEpoch?: number;
  /** Options of the run, shown as a table; nested ones by their path. */
  config?: Settings;
  /** The Keras-style table of layers. */
  modelSummary?: string;
  /** Adapter, driver, versions: what the run depended on. */
  environment?: Settings;
  /** Figures of the saved model on the validation samples. */
  assessment?: Assessment;
  /** Why there are none. */
  unassessed?: string;
  times?: RunTimes;
}

/** report.html: one file that needs no other and asks for nothing from the network. */
export async function runPage(report: RunReport): Promise<string> {
  const { title, history, config, modelSummary, environment, assessment, times } = report;
  const best = report.best ?? bestEpoch(history);
  const hasEpochs = epochCount(history) > 0;
  return pageHtml({
    title,
    subtitle: hasEpochs ? subtitleOf(report) : undefined,
    maker: "Written by wgraft train. This file needs no other, and no network.",
    sections: [
      resultSection(report, best),
      hasEpochs ? await curvesSection(history, best, times) : undefined,
      ...(assessment ? await assessmentSections(assessment, report) : []),
      config && section("settings", "Settings", settingsTable(config, "Options of the run")),
      times && timesSection(times),
      modelSummary !== undefined ? summarySection(modelSummary) : undefined,
      environment &&
        section("environment", "Environment", settingsTable(environment, "Adapter and versions")),
    ],
  });
}

function section(id: string, heading: string, body: Section["body"]): Section {
  return { id, heading, body };
}

/** Of the figures: which model they are of. */
function subtitleOf({ history, keptEpoch, times }: RunReport): string {
  const epochs = epochCount(history);
  const took = times ? ` in ${formatSeconds(times.seconds)}` : "";
  const kept = keptEpoch === undefined ? "" : `; model.h5 has the weights of epoch ${keptEpoch}`;
  return `${epochs} ${epochs === 1 ? "epoch" : "epochs"}${took}${kept}`;
}

function resultSection(report: RunReport, best: MarkedEpoch | undefined): Section {
  const { history, assessment, unassessed, keptEpoch } = report;
  if (epochCount(history) === 0) return section("result", "Result", markup`<p>No epoch was completed.</p>`);
  const overview = tiles(
    best &&
      tile(
        "best epoch",
        String(best.epoch + 1),
        `lowest ${best.metric}: ${figure(history[best.metric][best.epoch])}`,
      ),
    ...(assessment ? assessmentTiles(assessment) : []),
  );
  return section("result", "Result", [
    overview,
    outcomeTable(history, best, keptEpoch),
    unassessed !== undefined && markup`<p>${unassessed}</p>`,
  ]);
}

function summarySection(text: string): Section {
  const body = markup`<div class="wide" role="region" aria-label="Layers of the model" tabindex="0"><pre>${text.trimEnd()}</pre></div>`;
  return section("model", "Model", body);
}
