import { bestEpoch, epochCount, type History } from "./history.js";
import { style } from "./style.js";

export interface RunReport {
  /** Heading of the page: what was trained. */
  title: string;
  history: History;
  /** Options of the run, shown as a table; objects and arrays as JSON. */
  config?: Readonly<Record<string, unknown>>;
  /** The Keras-style table of layers. */
  modelSummary?: string;
  /** Adapter, driver, versions: what the run depended on. */
  environment?: Readonly<Record<string, unknown>>;
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

function formatMetric(value: number | undefined): string {
  if (value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(4);
}

function formatSetting(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "–" : JSON.stringify(value);
}

function settingsTable(settings: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(settings).map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(formatSetting(value))}</td></tr>`,
  );
  return `<table class="settings"><tbody>${rows.join("\n")}</tbody></table>`;
}

function metricRow(label: string, history: History, epoch: number): string {
  const cells = Object.values(history).map((values) => `<td>${formatMetric(values[epoch])}</td>`);
  return `<tr><th scope="row">${escapeHtml(label)}</th>${cells.join("")}</tr>`;
}

function metricsTable(history: History, rows: readonly string[], corner: string): string {
  const heads = Object.keys(history).map((metric) => `<th scope="col">${escapeHtml(metric)}</th>`);
  return `<div class="wide"><table class="metrics"><thead><tr><th scope="col">${corner}</th>${heads.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** Final and best epoch, as a table. */
function outcome(history: History): string {
  const last = epochCount(history) - 1;
  const best = bestEpoch(history);
  const rows = [metricRow(`Final, epoch ${last + 1}`, history, last)];
  if (best) rows.push(metricRow(`Best ${best.metric}, epoch ${best.epoch + 1}`, history, best.epoch));
  return metricsTable(history, rows, "");
}

function allEpochs(history: History): string {
  const rows = Array.from({ length: epochCount(history) }, (_, i) => metricRow(String(i + 1), history, i));
  return `<details><summary>Every epoch</summary>${metricsTable(history, rows, "epoch")}</details>`;
}

function section(heading: string, body: string): string {
  return `<section><h2>${heading}</h2>\n${body}\n</section>`;
}

/**
 * report.html: one file that needs no other and asks for nothing from the network.
 * @param curvesSvg what `renderCurvesSvg` made of the same history; it is put into the page as it is
 */
export function reportHtml(report: RunReport, curvesSvg: string): string {
  const { title, history, config, modelSummary, environment } = report;
  const hasEpochs = epochCount(history) > 0;
  const sections = [
    hasEpochs ? section("Result", outcome(history)) : section("Result", "<p>No epoch was completed.</p>"),
    hasEpochs ? section("Curves", `<figure>${curvesSvg.trim()}</figure>\n${allEpochs(history)}`) : "",
    config ? section("Configuration", settingsTable(config)) : "",
    modelSummary
      ? section("Model", `<div class="wide"><pre>${escapeHtml(modelSummary.trimEnd())}</pre></div>`)
      : "",
    environment ? section("Environment", settingsTable(environment)) : "",
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${sections.filter((text) => text !== "").join("\n")}
</main>
</body>
</html>
`;
}
