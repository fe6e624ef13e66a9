/** A peer's script as a child process: it prints a line of JSON for each job. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { throwIfAborted } from "../src/errors.js";
import type { PeerJob } from "./peerJobs.js";

const line = z.union([
  z.object({ versions: z.record(z.string(), z.string()) }),
  z.object({ job: z.string(), times: z.array(z.number()).min(1), outputs: z.array(z.number()) }),
  z.object({ job: z.string(), failure: z.string() }),
]);

export interface PeerResult {
  /** Milliseconds of each run. */
  readonly times: readonly number[];
  readonly outputs: readonly number[];
}

export interface PeerRun {
  readonly versions: Readonly<Record<string, string>>;
  readonly results: ReadonlyMap<string, PeerResult>;
  /** Why a job has no result. */
  readonly failures: ReadonlyMap<string, string>;
}

export interface PeerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** After which it is killed. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs the jobs in one process. Whatever becomes of it, every job has a result or a reason.
 * @throws WgraftError `aborted`
 */
export async function runPeerProcess(peer: PeerCommand, jobs: readonly PeerJob[]): Promise<PeerRun> {
  throwIfAborted(peer.signal);
  const child = spawn(peer.command, peer.args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 1000 * peer.seconds,
    killSignal: "SIGKILL",
    signal: peer.signal,
    env: {
      ...process.env,
      WGRAFT_BENCH_JOBS: JSON.stringify(jobs),
      WGRAFT_BENCH_START: String(Date.now()),
    },
  });
  const run = { versions: {}, results: new Map<string, PeerResult>(), failures: new Map<string, string>() };
  let [stderr, startFailure] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-10_000)));
  child.on("error", (error) => (startFailure = error.message));
  for await (const text of createInterface({ input: child.stdout })) {
    const parsed = parseLine(text);
    if (!parsed) continue;
    if ("versions" in parsed) run.versions = parsed.versions;
    else if ("failure" in parsed) run.failures.set(parsed.job, parsed.failure);
    else run.results.set(parsed.job, parsed);
  }
  const [code, signal] =
    child.exitCode === null && child.signalCode === null && !startFailure
      ? ((await once(child, "close")) as [number | null, string | null])
      : [child.exitCode, child.signalCode];
  throwIfAborted(peer.signal);
  const reason = startFailure || whyItEnded(code, signal, peer.seconds, stderr);
  for (const { name } of jobs) {
    if (!run.results.has(name) && !run.failures.has(name)) run.failures.set(name, reason);
  }
  return run;
}

/** Libraries print lines of their own. */
function parseLine(text: string): z.infer<typeof line> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function whyItEnded(code: number | null, signal: string | null, seconds: number, stderr: string): string {
  if (signal === "SIGKILL") return `killed; it has ${seconds} s for all its jobs`;
  const said = stderr.split("\n").filter((l) => /error|cannot|no module/i.test(l));
  const last = said.at(-1)?.trim();
  return `its process ended with ${signal ?? `exit code ${code}`}${last ? `: ${last}` : ""}`;
}
