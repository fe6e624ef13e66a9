/** `--peers`: other libraries at the same jobs, with the same weights and inputs, each in a process of its own. */
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../src/kernels/gpu/device.js";
import { wholeNetworks } from "./jobs/networks.js";
import { installPeers, peersFolder } from "./peerInstall.js";
import { writePeerInputs } from "./peerInputs.js";
import {
  mostImages,
  ours,
  peerItemName,
  jobsOf,
  peerJobs,
  peerScripts,
  reasonToSkip,
  type Peer,
  type PeerJob,
} from "./peerJobs.js";
import { describeNetwork, type NetworkWithWeights } from "./peerNetworks.js";
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
  /** Called after each figure and failure, with all that there is so far. */
  readonly onFigures?: (report: PeerReport) => Promise<void>;
}

/** Of a job; `processes` are those of a first prediction. */
const budgets = {
  full: { wantedRuns, maxRuns: 7, seconds: 30, processes: 4 },
  quick: { wantedRuns: 1, maxRuns: 3, seconds: 5, processes: 2 },
};

/** After which a process is killed. */
const processSeconds = 600;

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
    const jobs = jobsOf(peer).filter(({ name }) => options.only?.test(peerItemName(peer.name, name)) ?? true);
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
    const networks: NetworkWithWeights[] = [];
    for (const name of wholeNetworks)
      if (wanted.some(({ jobs }) => jobs.some(({ network }) => network === name)))
        networks.push(await describeNetwork(name, device));
    await writePeerInputs(
      folder,
      { images: mostImages, networks },
      {
        ...{ budget, cpus: cpus().length, toggles: device.toggles, dawnFlags: flags },
        ...(adapter && { adapter }),
      },
    );
    const reference = { name: ours, script: "wgraft.mjs", variant: libraryPath() };
    // Job by job, not library by library: what is compared runs at about the same time, under about the same load.
    for (const job of peerJobs) {
      const asked = wanted.filter(({ jobs }) => jobs.includes(job)).map(({ peer }) => peer);
      const peers: Peer[] = [];
      for (const peer of asked) {
        const reason = reasonToSkip(peer, job, software);
        if (reason === undefined) peers.push(peer);
        else report.failures.push({ name: peerItemName(peer.name, job.name), reason });
      }
      let expected: PeerRun | undefined;
      for (const peer of peers.length > 0 ? [reference, ...peers] : []) {
        const name = peerItemName(peer.name, job.name);
        note(name);
        const run = await runJob(commandOf(peer, folder, options), job, budget.processes);
        expected ??= run;
        Object.assign(report.versions, run.versions);
        const { figure, failure } = outcome(peer.name, job.name, run, expected);
        if (figure) report.figures.push(figure);
        if (failure !== undefined) report.failures.push({ name, reason: failure });
        await options.onFigures?.(report);
      }
    }
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

/** One process; but a first prediction takes a new one each time, and the first of those warms caches. */
async function runJob(command: PeerCommand, job: PeerJob, processes: number): Promise<PeerRun> {
  const first = await runPeerProcess(command, job);
  if (job.kind !== "first" || !first.result) return first;
  const times: number[] = [];
  for (let i = 1; i < processes; i++) {
    const { result, failure } = await runPeerProcess(command, job);
    if (!result) return { ...first, result: undefined, failure };
    times.push(...result.times);
  }
  return { ...first, result: { ...first.result, times } };
}

/**
 * What a run is worth.
 * @param expected our own run of the job
 */
export function outcome(
  peer: string,
  job: string,
  { result, failure }: PeerRun,
  { result: reference }: PeerRun,
): { figure?: PeerFigure; failure?: string } {
  if (!result) return { failure };
  const error = reference && peer !== ours ? largestDifference(result, reference) : null;
  // A wrong answer is no figure, however fast it came.
  if (error !== null && !(error <= tolerance)) return { failure: `its outputs differ from ours by ${error}` };
  const summary = summarize(result.times);
  const ratio = reference ? summary.median / summarize(reference.times).median : null;
  return { figure: { peer, job, ...summary, ratio, error, load: loadavg()[0] } };
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
