/** Two reports side by side: what became faster, what slower, and which differences are no more than noise. */
import { isBusy } from "./activity.js";
import type { Activity, Figure, Report } from "./report.js";

export interface Comparison {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** after / before, of the medians: below 1 is faster. */
  readonly ratio: number;
  readonly verdict: "faster" | "slower" | "noise";
}

/** Differences below this share count as noise however little the runs scatter: three runs tell little of that. */
export const smallest = 0.03;

/** @returns those figures that both reports have, of the same shapes and sizes */
export function compare(before: Report, after: Report): Comparison[] {
  const old = new Map(before.figures.map((f) => [f.name, f]));
  return after.figures.flatMap((figure) => {
    const earlier = old.get(figure.name);
    return earlier?.detail === figure.detail ? [compareFigures(earlier, figure)] : [];
  });
}

function compareFigures(before: Figure, after: Figure): Comparison {
  const difference = after.median - before.median;
  const noise = Math.max(before.iqr, after.iqr, smallest * before.median);
  const beyond = difference < 0 ? "faster" : "slower";
  return {
    name: after.name,
    before: before.median,
    after: after.median,
    ratio: after.median / before.median,
    verdict: Math.abs(difference) > noise ? beyond : "noise",
  };
}

/** What came of a comparison as a whole. */
export function summaryOf(comparisons: readonly Comparison[]): string {
  const count = (verdict: Comparison["verdict"]) => comparisons.filter((c) => c.verdict === verdict).length;
  const logs = comparisons.map(({ ratio }) => Math.log(ratio));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / Math.max(1, logs.length));
  return (
    `${count("faster")} faster, ${count("slower")} slower, ${count("noise")} within the noise; ` +
    `the ratios' geometric mean is ${mean.toFixed(2)}`
  );
}

/** How many figures one of the reports lacks, or has of another size. */
export function onlyInOne(before: Report, after: Report): string[] {
  const both = compare(before, after).length;
  const [earlier, later] = [before, after].map(({ figures }) => figures.length - both);
  return earlier + later > 0 ? [`figures that only one has: ${earlier} before, ${later} now`] : [];
}

/** Why the verdicts may be wrong: of a busy machine, times are off by more than its runs scatter. */
export function doubts(before: Report, after: Report): string[] {
  const isDoubtful = ({ activity }: Report) =>
    activity !== undefined && (isBusy(activity.start) || isBusy(activity.end));
  const which = [
    ...(isDoubtful(before) ? ["the earlier run"] : []),
    ...(isDoubtful(after) ? ["this run"] : []),
  ];
  if (which.length === 0) return [];
  return [`other programs were busy during ${which.join(" and ")}: times may be off by half and more`];
}

/** What else differs between the two, and may be why the figures do. */
export function differences(before: Report, after: Report): string[] {
  const facts = (r: Report) => ({
    adapter: r.adapter.name,
    toggles: r.toggles.join(",") || "none",
    precision: r.precision,
    kernels: r.autotune ? "tuned" : "estimated",
    node: r.node,
    webgpu: r.webgpu,
    cpu: `${r.cpus} × ${r.cpu}`,
    clock: r.clock,
    load: r.load.length > 0 ? r.load[0].toFixed(1) : "unknown",
    "busy at the start": busyOf(r.activity?.start),
    "busy at the end": busyOf(r.activity?.end),
    runs: r.quick ? "quick" : "all",
    "stopped early": r.complete ? "no" : "yes",
  });
  const [old, now] = [facts(before), facts(after)];
  return (Object.keys(now) as (keyof typeof now)[])
    .filter((key) => old[key] !== now[key])
    .map((key) => `${key}: ${old[key]} → ${now[key]}`);
}

function busyOf(activity: Activity | undefined): string {
  if (!activity?.busy) return "unknown";
  const { busy } = activity;
  return busy.length > 0 ? busy.map(({ name, cpu }) => `${name} ${cpu}%`).join(", ") : "nothing";
}
