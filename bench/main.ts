/** `wgraft bench`: the benchmark suite. A bundle of its own, which the command line loads when it is asked for it. */
import { WgraftError } from "../src/errors.js";
import { AtomicFile, writeFileAtomic } from "../src/io/atomic.js";
import { describeActivity, isBusy, observeActivity } from "./activity.js";
import { renderChart } from "./chart.js";
import type { BenchContext, BenchOptions } from "../src/transfer/diagnosis/bench.js";
import { compare, differences, doubts, onlyInOne } from "./compare.js";
import { describeEnvironment } from "./environment.js";
import type { Item } from "./item.js";
import { peerItemName, peerJobs, peerScripts } from "./peerJobs.js";
import { measurePeers } from "./peers.js";
import { readReport, type Report } from "./report.js";
import { allItems, runSuite } from "./suite.js";
import { comparisonLines, tableLines } from "./table.js";
import { tuneAll } from "./tune.js";

/** Measures what the options ask for. @returns whether nothing failed */
export async function bench(context: BenchContext, options: BenchOptions): Promise<boolean> {
  const { out } = context;
  if (options.list) {
    for (const name of allNames) out.result(name);
    out.finish({ items: allNames });
    return true;
  }
  if (options.tune) return tuneAll(context, options);
  const items = chosen(options);
  // Whatever is wrong with the files shows before the measuring, not after.
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  for (const path of [options.out, options.chart]) if (path !== undefined) await AtomicFile.begin(path);

  const report = await measure(context, options, items);
  for (const line of tableLines(report)) out.result(line);
  const comparisons = before && compare(before, report);
  if (before && comparisons) {
    out.result();
    const others = [...onlyInOne(before, report), ...differences(before, report)];
    for (const line of comparisonLines(comparisons, others)) out.result(line);
    for (const line of doubts(before, report)) out.result(line);
  }
  if (options.chart !== undefined) await writeFileAtomic(options.chart, await renderChart(report));
  out.finish({ ...report, ...(comparisons && { comparisons }) });
  return report.failures.length === 0;
}

/** Looking at all processes takes half a second. */
const observedEvery = 20_000;

const allNames = [
  ...allItems.map(({ name }) => name),
  ...peerScripts.flatMap((peer) => peerJobs.map((job) => peerItemName(peer.name, job.name))),
];

/**
 * What `--only` leaves of the suite: with `--peers` that may be nothing, where it names peers.
 * @throws WgraftError `usage` where it names nothing at all
 */
function chosen({ only, peers }: BenchOptions): readonly Item[] {
  const items = only ? allItems.filter(({ name }) => only.test(name)) : allItems;
  const names = peers ? allNames : allItems.map(({ name }) => name);
  if (items.length > 0 || names.some((name) => only?.test(name))) return items;
  throw new WgraftError("usage", `--only ${only?.source}: nothing has such a name; --list prints them all`);
}

async function measure(
  context: BenchContext,
  options: BenchOptions,
  items: readonly Item[],
): Promise<Report> {
  const quick = options.quick === true;
  const { out, signal } = context;
  const device = await context.device();
  const environment = await describeEnvironment(device);
  const start = await observeActivity();
  if (isBusy(start)) out.note(`the machine is busy, figures will be off: ${describeActivity(start)}`);
  const began = {
    ...({ schema: 1, date: new Date().toISOString() } as const),
    ...environment,
    quick,
    clock: device.gpu.features.has("timestamp-query") ? "timestamp" : "wall",
  } as const;
  let report: Report = {
    ...{ ...began, activity: { start, end: start } },
    ...{ complete: false, figures: [], failures: [] },
  };
  // Each figure is kept as it comes: a run that is stopped has not been for nothing.
  let observed = performance.now();
  const keep = async (more: Partial<Report>) => {
    let end = report.activity!.end;
    if (more.complete || performance.now() - observed > observedEvery) {
      end = await observeActivity();
      observed = performance.now();
    }
    report = { ...report, ...more, activity: { start, end } };
    if (options.out !== undefined) await writeFileAtomic(options.out, `${JSON.stringify(report, null, 2)}\n`);
  };
  try {
    await runSuite(device, items, {
      quick,
      signal,
      adapter: options.adapter,
      onItem: (name, place, total) => out.note(`${place}/${total} ${name}`),
      onSkip: (name, reason) => out.note(`left out ${name}: ${reason}`),
      onFigures: keep,
    });
    if (options.peers) {
      const { only, adapter, python } = options;
      const note = (line: string) => out.note(line);
      const ofPeers = { device, quick, only, adapter, python, signal, note };
      await keep({ peers: await measurePeers({ ...ofPeers, onFigures: (peers) => keep({ peers }) }) });
    }
    await keep({ complete: true });
    return report;
  } catch (error) {
    const count = report.figures.length + (report.peers?.figures.length ?? 0);
    if (options.out !== undefined && count > 0) out.note(`${options.out} has the ${count} figures so far`);
    throw error;
  }
}
