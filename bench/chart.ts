/** The report as a drawing: horizontal bars, each with its figure at its end. */
import type { TopLevelSpec } from "vega-lite";
import { FONT, renderSvg } from "../src/io/report/plots/svg.js";
import { digits, duration, percent } from "./format.js";
import type { Figure, PeerFigure, Report } from "./report.js";

interface Bar {
  readonly name: string;
  readonly value: number;
  /** What stands at the end of the bar. */
  readonly text: string;
  /** Which colour it has, by its name in `colors`. */
  readonly color: keyof typeof colors;
}

const colors = { compute: "#3366cc", memory: "#e08a1e", time: "#4d7c5f", wgraft: "#3366cc", peer: "#9aa4b1" };

interface Panel {
  readonly title: string;
  readonly subtitle?: string;
  readonly axis: string;
  readonly format?: string;
  readonly bars: readonly Bar[];
}

/** The vega-lite specification of a report's bars. */
export function chartSpec(report: Report): TopLevelSpec {
  const panels = [
    kernelPanel(report.figures.filter((f) => f.group === "kernel")),
    jobPanel(report.figures.filter((f) => f.group === "job")),
    ...peerPanels(report.peers?.figures ?? []),
  ].filter(({ bars }) => bars.length > 0);
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 16,
    spacing: 28,
    title: {
      text: report.adapter.name,
      subtitle: `wgraft ${report.wgraft}, ${report.cpus} × ${report.cpu}, load ${digits(report.load[0] ?? 0)}; generated inputs, seeded weights`,
      anchor: "start",
      offset: 14,
    },
    vconcat: panels.length > 0 ? panels.map(panelSpec) : [{ mark: "text", data: { values: [] } }],
    config: {
      font: FONT,
      view: { stroke: null },
      title: { fontSize: 15, fontWeight: "normal", subtitleColor: "#666666", subtitleFontSize: 12 },
      axis: {
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: "normal",
        labelLimit: 0,
        gridColor: "#e6e6e6",
      },
    },
  };
  // Checked by compiling it: the type of the specification is too deep a union to be met by a literal with options.
  return spec as unknown as TopLevelSpec;
}

export function renderChart(report: Report): Promise<string> {
  return renderSvg(chartSpec(report));
}

/** A kernel is held against whichever peak it comes nearer to: that is what bounds it. */
function kernelPanel(figures: readonly Figure[]): Panel {
  const bars = figures.map((f): Bar => {
    const [flops, bytes] = [f.flopShare ?? 0, f.byteShare ?? 0];
    const value = Math.max(flops, bytes);
    if (flops >= bytes) {
      return {
        name: f.name,
        value,
        text: `${percent(value)}, ${digits(f.gflops!)} GFLOP/s`,
        color: "compute",
      };
    }
    return { name: f.name, value, text: `${percent(value)}, ${digits(f.gbps!)} GB/s`, color: "memory" };
  });
  return {
    title: "kernels: share of the adapter's measured peak",
    subtitle:
      "blue: of multiply-adds; orange: of memory bandwidth; over 100%: fewer operations (Winograd), or cached",
    axis: "share of the peak",
    format: "%",
    bars,
  };
}

function jobPanel(figures: readonly Figure[]): Panel {
  const bars = figures.map((f): Bar => {
    const rate = f.rate ? `, ${digits(f.rate.value)} ${f.rate.unit}` : "";
    return { name: f.name, value: f.median / 1000, text: `${duration(f.median)}${rate}`, color: "time" };
  });
  return { title: "jobs: time, shorter is better", axis: "seconds", bars };
}

function peerPanels(figures: readonly PeerFigure[]): Panel[] {
  const jobs = [...new Set(figures.map((f) => f.job))];
  return jobs.map((job) => ({
    title: `${job}: time, shorter is better`,
    axis: "seconds",
    bars: figures
      .filter((f) => f.job === job)
      .map((f): Bar => {
        const isOurs = f.peer === "wgraft";
        const ratio = f.ratio === null || isOurs ? "" : `, ${digits(f.ratio)}×`;
        const text = `${duration(f.median)}${ratio}`;
        return { name: f.peer, value: f.median / 1000, text, color: isOurs ? "wgraft" : "peer" };
      }),
  }));
}

function panelSpec({ title, subtitle = "", axis, format, bars }: Panel) {
  // The longest bar leaves room for its own words.
  const longest = Math.max(...bars.map((b) => b.value));
  const encoding = {
    y: {
      field: "name",
      type: "nominal",
      sort: null,
      title: null,
      axis: { domain: false, ticks: false, minExtent: 230 },
    },
    x: {
      field: "value",
      type: "quantitative",
      title: axis,
      scale: { domain: [0, 1.45 * longest], nice: false },
      axis: { tickCount: 6, domain: false, ...(format && { format }) },
    },
  };
  return {
    width: 520,
    height: { step: 18 },
    title: { text: title, subtitle, anchor: "start", offset: 6 },
    data: { values: bars.map((b) => ({ ...b, color: colors[b.color] })) },
    encoding,
    layer: [
      {
        mark: { type: "bar", height: 12 },
        encoding: { color: { field: "color", type: "nominal", scale: null, legend: null } },
      },
      {
        mark: { type: "text", align: "left", dx: 5, fontSize: 11, color: "#333333" },
        encoding: { text: { field: "text", type: "nominal" } },
      },
    ],
  };
}
