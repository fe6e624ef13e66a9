/** The page of runs next to each other. */
import {
  bestValue,
  comparedFigures,
  type ComparedFigure,
  type ComparedRun,
  type RunComparison,
} from "./comparison.js";
import { comparedText } from "./lines.js";
import { epochCount, VALIDATION_PREFIX } from "../history.js";
import { Html, markup, type Content } from "../html.js";
import { pageHtml } from "../page.js";
import { details, figure, plot, table, type Section } from "../parts.js";
import { panelTitle } from "../plots/curves.js";
import { lineOf, overlaySpec } from "../plots/overlay.js";
import { renderSvg } from "../plots/svg.js";

/** One file that needs no other and asks for nothing from the network. */
export async function comparisonPage(comparison: RunComparison): Promise<string> {
  const { runs } = comparison;
  return pageHtml({
    title: `Comparison of ${runs.length} ${runs.length === 1 ? "run" : "runs"}`,
    subtitle: runs.map(({ run }) => run).join(", "),
    maker: "Written by wgraft compare. This file needs no other, and no network.",
    sections: [
      { id: "figures", heading: "Figures", body: figuresTables(comparison) },
      await curvesSection(runs),
      { id: "settings", heading: "Settings that differ", body: differencesTable(comparison) },
    ],
  });
}

/** A run's name with the line that it has in the plots. */
function named(run: ComparedRun, i: number): Html {
  const { color, dash } = lineOf(i);
  const line = `<svg class="swatch" viewBox="0 0 34 10" aria-hidden="true"><line x1="0" y1="5" x2="34" y2="5" stroke="${color}" stroke-width="3" stroke-dasharray="${dash.join(" ")}"/></svg>`;
  return markup`${new Html(line)}${run.run}`;
}

function figuresTables(comparison: RunComparison): Content {
  const columns = comparedFigures(comparison);
  const isFigure = ({ kind }: ComparedFigure) => kind === "figure";
  return [
    markup`<p>Losses and accuracies are those of the best epoch, the one with the lowest val_loss, or loss where nothing is validated; F1, AUC and calibration error are those of the saved model on its validation samples. ★: the best of the runs.</p>`,
    runsTable(comparison, "Figures by run", columns.filter(isFigure)),
    runsTable(
      comparison,
      "Time and size by run",
      columns.filter((column) => !isFigure(column)),
    ),
  ];
}

function runsTable(comparison: RunComparison, caption: string, columns: readonly ComparedFigure[]): Html {
  const { runs } = comparison;
  const tops = columns.map((column) => bestValue(comparison, column));
  const rows = runs.map((run, i) => [
    named(run, i),
    run.best ? `${run.best.epoch} of ${run.finishedEpochs}` : "–",
    ...columns.map(({ of, kind }, column) => {
      const value = of(run);
      const text = comparedText(value, kind);
      return value !== null && value === tops[column] ? markup`<strong>${text} ★</strong>` : text;
    }),
  ]);
  const head = ["run", "best epoch", ...columns.map(({ name }) => name)];
  return table({ caption, label: caption, head, rows });
}

async function curvesSection(runs: readonly ComparedRun[]): Promise<Section | undefined> {
  const keys = [...new Set(runs.flatMap(({ history }) => Object.keys(history)))];
  const isValidation = (key: string) => key.startsWith(VALIDATION_PREFIX);
  // Validation first: it is what runs are chosen by.
  const ordered = [...keys.filter(isValidation), ...keys.filter((key) => !isValidation(key))];
  const shown = ordered.filter((key) => runs.some(({ history }) => (history[key]?.length ?? 0) > 0));
  if (shown.length === 0) return undefined;
  const drawings: Html[] = [];
  for (const key of shown) {
    const metric = isValidation(key) ? key.slice(VALIDATION_PREFIX.length) : key;
    const title = panelTitle(metric, [isValidation(key) ? "validation" : "training"]);
    const svg = await renderSvg(overlaySpec(runs, key, title));
    drawings.push(
      plot(svg, `${title} of ${runs.length} runs over their epochs; the tables below have the data`),
    );
  }
  return {
    id: "curves",
    heading: "Curves",
    body: [
      markup`<ul class="legend">${runs.map((run, i) => markup`<li>${named(run, i)}</li>`)}</ul>`,
      markup`<div class="plots">${drawings}</div>`,
      shown.map((key) => details(`Data of ${key}`, epochsTable(runs, key))),
    ],
  };
}

function epochsTable(runs: readonly ComparedRun[], key: string): Html {
  const epochs = Math.max(...runs.map(({ history }) => epochCount(history)));
  const rows = Array.from({ length: epochs }, (_, i) => [
    i + 1,
    ...runs.map(({ history }) => figure(history[key]?.[i])),
  ]);
  const head = ["epoch", ...runs.map(({ run }) => run)];
  return table({ caption: `${key} by epoch`, label: `${key} by epoch`, head, rows });
}

function differencesTable({ runs, differences, sameSettings }: RunComparison): Content {
  if (differences.length === 0) return markup`<p>The runs have the same settings, all ${sameSettings}.</p>`;
  const caption = `${differences.length} ${differences.length === 1 ? "setting differs" : "settings differ"}, ${sameSettings} are the same`;
  return table({
    caption,
    label: caption,
    kind: "settings",
    head: ["setting", ...runs.map(named)],
    rows: differences.map(({ setting, values }) => [
      markup`<code>${setting}</code>`,
      ...values.map((value) => value ?? "–"),
    ]),
  });
}
