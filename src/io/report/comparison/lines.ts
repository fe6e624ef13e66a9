/** The comparison of runs as lines of text. */
import { formatSeconds, formatTable } from "../../../format.js";
import { bestValue, comparedFigures, type ComparedFigure, type RunComparison } from "./comparison.js";

/** Longer values of settings are cut in a terminal. */
const longestSetting = 36;

/** Of a page and of a terminal: a figure, a count, a time, a size. */
export function comparedText(value: number | null, kind: ComparedFigure["kind"]): string {
  if (value === null) return "-";
  switch (kind) {
    case "figure":
      return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(4);
    case "count":
      return value.toLocaleString("en-US");
    case "seconds":
      return formatSeconds(value);
    case "bytes":
      return `${(value / 2 ** 20).toFixed(1)} MiB`;
  }
}

/** A table of figures with a line for each run, and one of the settings that differ, with a column for each. */
export function comparisonLines(comparison: RunComparison): string[] {
  const { runs, differences, sameSettings } = comparison;
  const figures = comparedFigures(comparison).map((figure) => ({
    ...figure,
    top: bestValue(comparison, figure),
  }));
  const rows = runs.map((run) => [
    run.run,
    run.best ? String(run.best.epoch) : "-",
    ...figures.map(({ of, kind, top }) => {
      const value = of(run);
      return `${comparedText(value, kind)}${value !== null && value === top ? "*" : ""}`;
    }),
  ]);
  const judges = [...new Set(runs.flatMap(({ best }) => (best ? [best.metric] : [])))].join(" or ");
  const header = ["run", "best epoch", ...figures.map(({ name }) => name)];
  const settings = differences.map(({ setting, values }) => [`  ${setting}`, ...values.map(shortened)]);
  return [
    ...formatTable([header, ...rows], "left"),
    `losses and accuracies: in the best epoch, that of the lowest ${judges}; the rest: of the saved model; *: best of the runs`,
    "",
    ...(settings.length === 0
      ? [`all ${sameSettings} settings are the same`]
      : [
          `${sameSettings} settings are the same; these differ:`,
          ...formatTable([["", ...runs.map(({ run }) => run)], ...settings], "left"),
        ]),
  ];
}

/** The beginning of a hash or of a list, the end of a path. */
function shortened(text: string | null): string {
  if (text === null) return "-";
  if (text.length <= longestSetting) return text;
  if (/^[0-9a-f]{64}$/.test(text)) return `${text.slice(0, 12)}…`;
  return text.includes("/") ? `…${text.slice(1 - longestSetting)}` : `${text.slice(0, longestSetting - 1)}…`;
}
