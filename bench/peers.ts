/** `--peers`: other libraries at the same jobs, with the same weights and inputs, each in a process of its own. */
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../src/kernels/device.js";
import { installPeers, peersFolder } from "./peerInstall.js";
import { writePeerInputs } from "./peerInputs.js";
import { ours, peerItemName, peerJobs, peerScripts, stepBatch, type Peer, type PeerJob } from "./peerJobs.js";
import { runPeerProcess, type PeerCommand, type PeerResult, type PeerRun } from "./peerProcess.js";
import { wantedRuns } from "./repeat.js";
import type { PeerFigure, PeerReport } from "./report.js";
import { summarize } from "./statistics.js";
import { inTemporaryFolder } from "./temporary.js";

export interface PeerOptions {
  readonly device: Device;
  readonly quick: boolean;
  readonly only?: RegExp;
  /** As it was given to the command line: part of a name. */
  readonly adapter?: string;
  /** Default: `python3`. */
  readonly python?: string;
  readonly signal?: AbortSignal;
  readonly note: (line: string) => void;
}

/** Of a job in a process of a peer. */
const budgets = {
  full: { wantedRuns, maxRuns: 7, seconds: 30, processes: 4 },
  quick: { wantedRuns: 1, maxRuns: 3, seconds: 5, processes: 2 },
};

/** A whole process of a peer may take so long. */
const processSeconds = 1200;

/** float32 in another order of summation differs by less. */
const tolerance = 1e-2;

const notes = [
  "peers: each library in its own process, same weights and inputs; difference = largest difference of the outputs (features;",
  "losses of three steps) over the largest value. Peers on Dawn nap while they wait, as wgraft does: dawn.node's polling would",
  "else burn a core. tfjs's WebAssembly backend has one thread in Node. onnxruntime predicts only.",
];

/** @throws WgraftError `io` where the peers cannot be installed, `aborted` */
export async function measurePeers(options: PeerOptions): Promise<PeerReport> {
  const { device, quick, adapter, note, signal } = options;
  const { software } = device.caps;
  const wanted = peerScripts.flatMap((peer) => {
    const jobs = peerJobs(software).filter(
      ({ name }) => options.only?.test(peerItemName(peer.name, name)) ?? true,
    );
    return jobs.length > 0 ? [{ peer, jobs }] : [];
  });
  const report: PeerReport = { notes, versions: {}, figures: [], failures: [] };
  if (wanted.length === 0) return report;
  await installPeers(note, signal);
  return inTemporaryFolder(async (folder) => {
    const budget = budgets[quick ? "quick" : "full"];
    const flags = [
      ...(adapter ? [`adapter=${adapter}`] : []),
      ...(device.toggles.length > 0 ? [`enable-dawn-features=${device.toggles.join(",")}`] : []),
    ];
    await writePeerInputs(folder, Math.max(4, stepBatch(software)), {
      ...{ budget, cpus: cpus().length, toggles: device.toggles, dawnFlags: flags },
      ...(adapter && { adapter }),
    });
    const asked = new Set(wanted.flatMap(({ jobs }) => jobs.map((job) => job.name)));
    const reference = { name: ours, script: "wgraft.mjs", variant: libraryPath() };
    const all = [
      { peer: reference, jobs: peerJobs(software).filter((job) => asked.has(job.name)) },
      ...wanted,
    ];
    let expected: PeerRun | undefined;
    for (const { peer, jobs } of all) {
      note(`peer ${peer.name}: ${jobs.map((job) => job.name).join(", ")}`);
      const run = await runJobs(commandOf(peer, folder, options), jobs, budget.processes);
      expected ??= run;
      Object.assign(report.versions, run.versions);
      for (const figure of figuresOf(peer.name, run, expected)) {
        const name = peerItemName(peer.name, figure.job);
        // A wrong answer is no figure, however fast it came.
        if ((figure.error ?? 0) <= tolerance) report.figures.push(figure);
        else report.failures.push({ name, reason: `its outputs differ from ours by ${figure.error}` });
      }
      for (const [job, reason] of run.failures)
        report.failures.push({ name: peerItemName(peer.name, job), reason });
    }
    report.figures = jobsTogether(report.figures, all[0].jobs);
    return report;
  });
}

/** The bundle of the library, beside this one. */
function libraryPath(): string {
  return fileURLToPath(new URL("./index.js", import.meta.url));
}

function commandOf(peer: Peer, folder: string, { python = "python3", signal }: PeerOptions): PeerCommand {
  const isPython = peer.script.endsWith(".py");
  const args = [join(peersFolder, peer.script), folder, peer.variant];
  return { command: isPython ? python : process.execPath, args, seconds: processSeconds, signal };
}

/** The jobs in one process; but a first prediction takes a new one each time, and the first of those warms caches. */
async function runJobs(command: PeerCommand, jobs: readonly PeerJob[], processes: number): Promise<PeerRun> {
  const first = jobs.filter((job) => job.kind === "first");
  const rest = jobs.filter((job) => job.kind !== "first");
  const runs: PeerRun[] = [];
  for (let i = 0; i < processes && first.length > 0; i++) {
    const run = await runPeerProcess(command, first);
    runs.push(run);
    if (run.failures.size > 0) break;
  }
  const others = rest.length > 0 ? [await runPeerProcess(command, rest)] : [];
  const results = new Map(others.flatMap((run) => [...run.results]));
  for (const { name } of first) {
    const found = runs.flatMap((run) => run.results.get(name) ?? []);
    const times = found.slice(1).flatMap((result) => result.times);
    if (times.length > 0) results.set(name, { times, outputs: found[0].outputs });
  }
  const everyRun = [...runs, ...others];
  return {
    versions: Object.assign({}, ...everyRun.map((run) => run.versions)) as Record<string, string>,
    results,
    failures: new Map(everyRun.flatMap((run) => [...run.failures])),
  };
}

/** @param expected our own run */
export function figuresOf(peer: string, run: PeerRun, expected: PeerRun): PeerFigure[] {
  return [...run.results].map(([job, result]) => {
    const summary = summarize(result.times);
    const reference = expected.results.get(job);
    return {
      peer,
      job,
      ...summary,
      ratio: reference ? summary.median / summarize(reference.times).median : null,
      error: reference && peer !== ours ? largestDifference(result, reference) : null,
    };
  });
}

/** Over the largest of the reference's values; infinite where there are not as many, or one is NaN. */
export function largestDifference({ outputs }: PeerResult, reference: PeerResult): number {
  const count = Math.min(outputs.length, reference.outputs.length);
  // Fewer runs, fewer losses; features are always all there.
  const isComparable = count > 0 && (outputs.length === reference.outputs.length || count <= 3);
  if (!isComparable) return Infinity;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < count; i++) {
    const difference = Math.abs(outputs[i] - reference.outputs[i]);
    if (Number.isNaN(difference)) return Infinity;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(reference.outputs[i]));
  }
  return worst / largest;
}

/** By job, in the order of the jobs. */
function jobsTogether(figures: readonly PeerFigure[], jobs: readonly PeerJob[]): PeerFigure[] {
  return jobs.flatMap(({ name }) => figures.filter((f) => f.job === name));
}
