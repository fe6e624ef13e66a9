/** The tables of docs/gpus.md: reports that were sent in (bench/results), next to what is published. */
import { isBusy } from "./activity.js";
import { digits, percent } from "./format.js";
import { wholeVgg16 } from "./jobs/wholeVgg16.js";
import { limitsOf, publishedGpus } from "./publishedGpus.js";
import type { Report } from "./report.js";

/** Head and rows. */
export type Table = readonly [readonly string[], readonly (readonly string[])[]];

/** What a report did not measure. */
const none = "–";

/** A row a report, the fastest adapter first. */
export function measuredTable(reports: readonly Report[]): Table {
  const head = [
    "adapter",
    "FMA",
    "copy",
    "VGG16, 1 image",
    "of its peak",
    "in float16",
    "base, 20 images at 150²",
  ];
  const more = ["head, an epoch", "run on"];
  const rows = [...reports].sort((a, b) => peakOf(b) - peakOf(a)).map(row);
  return [[...head, ...more], rows.length > 0 ? rows : [[...head, ...more].map(() => none)]];
}

function peakOf({ figures }: Report): number {
  return figures.find(({ name }) => name === "peak fma")?.gflops ?? 0;
}

function row(report: Report): string[] {
  const of = (name: string) => report.figures.find((figure) => figure.name === name);
  const milliseconds = (name: string) => {
    const figure = of(name);
    return figure ? `${digits(figure.median)} ms` : none;
  };
  const [fma, copy, whole] = [of("peak fma"), of("peak copy"), of(wholeVgg16.float32)];
  const { activity, complete, quick, date, wgraft, os } = report;
  const doubts = [
    ...(activity && (isBusy(activity.start) || isBusy(activity.end)) ? ["busy machine"] : []),
    ...(quick ? ["quick"] : []),
    ...(complete ? [] : ["stopped early"]),
  ];
  return [
    report.adapter.name,
    fma?.gflops === undefined ? none : `${digits(fma.gflops)} GFLOP/s`,
    copy?.gbps === undefined ? none : `${digits(copy.gbps)} GB/s`,
    milliseconds(wholeVgg16.float32),
    whole?.flopShare === undefined ? none : percent(whole.flopShare),
    milliseconds(wholeVgg16.float16),
    milliseconds("forward batch 20"),
    milliseconds("head epoch"),
    [`wgraft ${wgraft}, ${os.split(",")[0]}, ${date.slice(0, 10)}`, ...doubts].join(", "),
  ];
}

export function publishedTable(): Table {
  const head = [
    "GPU",
    "ncnn, least",
    "ncnn, mean",
    "float32 peak",
    "memory",
    "arithmetic",
    "weights",
    "peaks from",
  ];
  const rows = publishedGpus.map((gpu) => {
    const { arithmetic, memory } = limitsOf(gpu);
    return [
      gpu.name,
      `${digits(gpu.ncnn)} ms`,
      `${digits(gpu.ncnnMean)} ms`,
      `${gpu.tflops} TFLOP/s`,
      `${gpu.bandwidth} GB/s`,
      `${digits(arithmetic)} ms`,
      `${digits(memory)} ms`,
      gpu.source,
    ];
  });
  return [head, rows];
}
