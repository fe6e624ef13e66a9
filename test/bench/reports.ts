/** A report as the suite makes them, for the tests of what is made of it. */
import type { Figure, Report } from "../../bench/report.js";

export function figure(name: string, median: number, more: Partial<Figure> = {}): Figure {
  return { name, group: "kernel", detail: "4×4", median, min: median, iqr: 0, runs: 3, ...more };
}

export function reportOf(figures: Figure[], more: Partial<Report> = {}): Report {
  return {
    schema: 1,
    date: "2026-01-01T00:00:00.000Z",
    wgraft: "0.1.0",
    commit: "abc1234",
    adapter: { name: "some GPU", description: "driver 1", software: false },
    toggles: [],
    autotune: false,
    precision: "float32",
    node: "v20.20.0",
    webgpu: "0.6.2",
    os: "linux x64",
    cpu: "some CPU",
    cpus: 2,
    memoryGiB: 8,
    load: [0.5, 0.4, 0.3],
    complete: true,
    quick: false,
    clock: "timestamp",
    figures,
    failures: [],
    ...more,
  };
}
