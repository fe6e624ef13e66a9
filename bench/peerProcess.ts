/** A peer's script as a child process: it prints its versions, and what came of a job, as lines of JSON. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { throwIfAborted } from "../src/errors.js";
import type { PeerJob } from "./peerJobs.js";

const line = z.union([
  z.object({ versions: z.record(z.string(), z.string()) }),
  z.object({ times: z.array(z.number()).min(1), outputs: z.array(z.number()) }),
  z.object({ failure: z.string() }),
]);

export interface PeerResult {
  /** Milliseconds of each run. */
  readonly times: readonly number[];
  readonly outputs: readonly number[];
}

export interface PeerRun {
  readonly versions: Readonly<Record<string, string>>;
  readonly result?: PeerResult;
  /** Why there is none. */
  readonly failure?: string;
}

export interface PeerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** After which it is killed. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a job in a process of its own. Whatever becomes of that, there is a result or a reason.
 * @throws WgraftError `aborted`
 */
export async function runPeerProcess(peer: PeerCommand, job: PeerJob): Promise<PeerRun> {
  throwIfAborted(peer.signal);
  const child = spawn(peer.command, peer.args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 1000 * peer.seconds,
    killSignal: "SIGKILL",
    signal: peer.signal,
    env: {
      ...process.env,
      WGRAFT_BENCH_JOB: JSON.stringify(job),
      WGRAFT_BENCH_START: String(Date.now()),
    },
  });
  let run: PeerRun = { versions: {} };
  let [stderr, startFailure] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-10_000)));
  child.on("error", (error) => (startFailure = error.message));
  for await (const text of createInterface({ input: child.stdout })) {
    const parsed = parseLine(text);
    if (!parsed) continue;
    run = { ...run, ...("times" in parsed ? { result: parsed } : parsed) };
  }
  const [code, signal] =
    child.exitCode === null && child.signalCode === null && !startFailure
      ? ((await once(child, "close")) as [number | null, string | null])
      : [child.exitCode, child.signalCode];
  throwIfAborted(peer.signal);
  if (run.result || run.failure !== undefined) return run;
  return { ...run, failure: startFailure || whyItEnded(code, signal, peer.seconds, stderr) };
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
  if (signal === "SIGKILL") return `killed; it has ${seconds} s`;
  const said = stderr.split("\n").filter((l) => /error|cannot|no module/i.test(l));
  const last = said.at(-1)?.trim();
  return `its process ended with ${signal ?? `exit code ${code}`}${last ? `: ${last}` : ""}`;
}
