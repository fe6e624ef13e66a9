/** The page of an evaluation: what report.html says of a model, without a training. */
import { formatSeconds } from "../../format.js";
import type { Assessment, Explained } from "./assessment.js";
import { pageHtml } from "./page.js";
import { tile, tiles } from "./parts.js";
import { assessmentSections, assessmentTiles } from "./sections/assessment.js";
import { settingsTable, type Settings } from "./sections/settings.js";

export interface EvaluationReport extends Explained {
  /** Heading of the page: which model. */
  readonly title: string;
  /** One line: on what. */
  readonly subtitle: string;
  readonly assessment: Assessment;
  /** Of the evaluation. */
  readonly seconds: number;
  /** What was evaluated on what. */
  readonly settings: Settings;
  readonly environment: Settings;
}

/** One file that needs no other and asks for nothing from the network. */
export async function evaluationPage(report: EvaluationReport): Promise<string> {
  const { title, subtitle, assessment, seconds, settings, environment } = report;
  return pageHtml({
    title,
    subtitle,
    maker: "Written by wgraft evaluate. This file needs no other, and no network.",
    sections: [
      {
        id: "result",
        heading: "Result",
        body: tiles(...assessmentTiles(assessment), tile("time", formatSeconds(seconds))),
      },
      ...(await assessmentSections(assessment, report)),
      { id: "settings", heading: "Settings", body: settingsTable(settings, "Model and samples") },
      {
        id: "environment",
        heading: "Environment",
        body: settingsTable(environment, "Adapter and versions"),
      },
    ],
  });
}
