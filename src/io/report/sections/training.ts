/** The epochs of a training: their curves, figures and times. */
import { formatSeconds } from "../../../format.js";
import { describeBest, type MarkedEpoch } from "../bestEpoch.js";
import { epochCount, type History } from "../history.js";
import { markup, type Html } from "../html.js";
import { details, figure, plot, table, type Section } from "../parts.js";
import { kindsOf, panelOrder, panelTitle, renderCurvesSvg } from "../plots/curves.js";

/** How long a training took. */
export interface RunTimes {
  /** In all. */
  readonly seconds: number;
  /** Of each epoch; NaN where an earlier version did not record it. */
  readonly epochSeconds: readonly number[];
}

/** Final and best epoch, as a table. */
export function outcomeTable(history: History, best: MarkedEpoch | undefined, keptEpoch?: number): Html {
  const last = epochCount(history) - 1;
  const mark = (epoch: number) => (keptEpoch === epoch + 1 ? ", saved as model.h5" : "");
  const row = (label: string, epoch: number) => [
    `${label}, epoch ${epoch + 1}${mark(epoch)}`,
    ...Object.values(history).map((values) => figure(values[epoch])),
  ];
  const rows = [row("Final", last), ...(best ? [row(`Best, lowest ${best.metric}`, best.epoch)] : [])];
  const head = ["", ...Object.keys(history)];
  return table({ caption: "Figures of the final and of the best epoch", label: "Outcome", head, rows });
}

/** A drawing per metric, so that they stand below each other where the screen is narrow. */
export async function curvesSection(
  history: History,
  best: MarkedEpoch | undefined,
  times: RunTimes | undefined,
): Promise<Section> {
  const drawings: Html[] = [];
  for (const metric of panelOrder(history)) {
    const svg = await renderCurvesSvg(history, { metrics: [metric], best, background: "transparent" });
    const marked = best ? `; ${describeBest(best)}` : "";
    const title = panelTitle(metric, kindsOf(history, metric));
    drawings.push(
      plot(
        svg,
        `${title} over ${epochCount(history)} epochs${marked}; the table of every epoch has the data`,
      ),
    );
  }
  return {
    id: "curves",
    heading: "Curves",
    body: [markup`<div class="plots">${drawings}</div>`, details("Every epoch", epochsTable(history, times))],
  };
}

function epochsTable(history: History, times: RunTimes | undefined): Html {
  const hasTimes = times?.epochSeconds.some((seconds) => Number.isFinite(seconds)) ?? false;
  const rows = Array.from({ length: epochCount(history) }, (_, i) => [
    i + 1,
    ...Object.values(history).map((values) => figure(values[i])),
    ...(hasTimes ? [timeOf(times!.epochSeconds[i])] : []),
  ]);
  const head = ["epoch", ...Object.keys(history), ...(hasTimes ? ["time"] : [])];
  return table({ caption: "Figures of every epoch", label: "Figures of every epoch", head, rows });
}

function timeOf(seconds: number | undefined): string {
  return seconds !== undefined && Number.isFinite(seconds) ? formatSeconds(seconds) : "–";
}

/** Total, and what an epoch took. */
export function timesSection({ seconds, epochSeconds }: RunTimes): Section {
  const known = epochSeconds.filter((one) => Number.isFinite(one));
  const [first, ...later] = known;
  const mean = later.reduce((sum, one) => sum + one, 0) / later.length;
  const rows: string[][] = [["training", formatSeconds(seconds)]];
  if (first !== undefined) rows.push(["first epoch, with compilation", formatSeconds(first)]);
  if (later.length > 0) {
    rows.push(["later epochs, mean", formatSeconds(mean)]);
    rows.push(["slowest of them", formatSeconds(Math.max(...later))]);
  }
  const caption = "Times, validation included";
  return { id: "times", heading: "Times", body: table({ caption, label: caption, kind: "settings", rows }) };
}
