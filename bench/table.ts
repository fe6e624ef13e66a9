/** The report as text. */
import { describeActivity } from "./activity.js";
import { summaryOf, type Comparison } from "./compare.js";
import { columns, digits, duration, mebibytes, percent } from "./format.js";
import type { Figure, PeerReport, Report } from "./report.js";

const rateOf = ({ rate }: Figure) => (rate ? `${digits(rate.value)} ${rate.unit}` : "");
const optional = (value: number | undefined, text: (v: number) => string) =>
  value === undefined ? "" : text(value);

/** All sections of a report that have something in them. */
export function tableLines(report: Report): string[] {
  const of = (group: Figure["group"]) => report.figures.filter((f) => f.group === group);
  const sections = [heading(report), peakLines(of("peak")), kernelLines(of("kernel")), jobLines(of("job"))];
  if (report.failures.length > 0) sections.push(failureLines("not measured", report.failures));
  if (report.peers) sections.push(peerLines(report.peers));
  return sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i > 0 ? ["", ...lines] : lines));
}

function heading(r: Report): string[] {
  const load = r.load.map((l) => l.toFixed(1)).join(" ");
  return [
    `${r.adapter.name}${r.toggles.length > 0 ? ` (${r.toggles.join(", ")})` : ""}`,
    `wgraft ${r.wgraft}${r.commit ? ` at ${r.commit}` : ""}, webgpu ${r.webgpu}, Node ${r.node}, ${r.os}`,
    `${r.cpus} × ${r.cpu}; load average at the start ${load}`,
    ...(r.activity
      ? [
          `at the start ${describeActivity(r.activity.start, r.cpus)}; at the end ${describeActivity(r.activity.end, r.cpus)}`,
        ]
      : []),
    ...(r.complete ? [] : ["stopped before its end: these are the figures so far"]),
    `generated inputs, seeded weights; medians; ± is the interquartile range${r.autotune ? "; kernels tuned" : ""}${r.precision === "float16" ? "; jobs in float16" : ""}${r.quick ? "; quick: few runs" : ""}`,
  ];
}

function peakLines(figures: readonly Figure[]): string[] {
  if (figures.length === 0) return [];
  const rows = figures.map((f) => [
    f.name,
    f.detail,
    optional(f.gflops, (v) => `${digits(v)} GFLOP/s`) + optional(f.gbps, (v) => `${digits(v)} GB/s`),
  ]);
  return columns([["peak", "by", "reached"], ...rows], [0, 1]);
}

function kernelLines(figures: readonly Figure[]): string[] {
  if (figures.length === 0) return [];
  const rows = figures.map((f) => [
    f.name,
    f.detail,
    duration(f.median),
    spread(f),
    optional(f.gflops, digits),
    optional(f.flopShare, percent),
    optional(f.gbps, digits),
    optional(f.byteShare, percent),
  ]);
  const head = ["kernel", "shape", "time", "±", "GFLOP/s", "of peak", "GB/s", "of peak"];
  return columns([head, ...rows], [0, 1]);
}

function jobLines(figures: readonly Figure[]): string[] {
  if (figures.length === 0) return [];
  const rows = figures.map((f) => [
    f.name,
    f.detail,
    duration(f.median),
    duration(f.min),
    spread(f),
    String(f.runs),
    rateOf(f),
    optional(f.gflops, digits),
    optional(f.flopShare, percent),
    optional(f.memory?.total, mebibytes),
  ]);
  const head = ["job", "size", "time", "least", "±", "runs", "rate", "GFLOP/s", "of peak", "GPU memory"];
  const notes = figures.flatMap((f) => (f.note ? [`${f.name}: ${f.note}`] : []));
  return [...columns([head, ...rows], [0, 1]), ...notes];
}

function spread({ iqr, median }: Figure): string {
  return percent(iqr / median);
}

function failureLines(title: string, failures: Report["failures"]): string[] {
  return [title, ...failures.map(({ name, reason }) => `  ${name}: ${reason}`)];
}

function peerLines(peers: PeerReport): string[] {
  const rows = peers.figures.map((f) => [
    f.job,
    f.peer,
    duration(f.median),
    percent(f.iqr / f.median),
    String(f.runs),
    f.ratio === null ? "" : `${digits(f.ratio)}×`,
    f.error === null ? "" : f.error.toExponential(1),
    f.load.toFixed(1),
  ]);
  const head = ["job", "library", "time", "±", "runs", "of wgraft's", "difference", "load"];
  return [
    ...(rows.length > 0 ? columns([head, ...rows], [0, 1]) : []),
    ...(peers.failures.length > 0 ? failureLines("not measured", peers.failures) : []),
    ...peers.notes,
  ];
}

/** @param what else differs between the two reports */
export function comparisonLines(comparisons: readonly Comparison[], what: readonly string[]): string[] {
  if (comparisons.length === 0) return ["nothing to compare: the other report has none of these figures"];
  const marks = { faster: "faster", slower: "SLOWER", noise: "" };
  const rows = comparisons.map((c) => [
    c.name,
    duration(c.before),
    duration(c.after),
    digits(c.ratio),
    marks[c.verdict],
  ]);
  return [
    summaryOf(comparisons),
    ...columns([["compared", "before", "now", "ratio", "beyond the noise"], ...rows], [0, 4]),
    ...(what.length > 0 ? ["what else changed:", ...what.map((line) => `  ${line}`)] : []),
  ];
}
