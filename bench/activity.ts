/** What else runs on the machine while it is measured: figures of a busy machine say little. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Activity } from "./report.js";

/** Percent of one core: what takes less does not count. */
const leastShare = 5;
const mostProcesses = 5;

/** Over which it is seen what takes how much, in milliseconds. */
const window = 500;

/** Linux counts in hundredths of a second. */
const ticksPerSecond = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Percent of one core. */
  readonly cpu: number;
}

/** The load average, and the busiest processes that are not of this one. */
export async function observeActivity(): Promise<Activity> {
  const processes = await runningProcesses().catch(() => undefined);
  return { load: loadavg(), busy: processes ? busiest(processes, process.pid) : null };
}

/** In words: "load 0.3 on 8 cores, nothing else busy". */
export function describeActivity({ load: [load], busy }: Activity, cores = cpus().length): string {
  const processes =
    busy === null
      ? "other processes unknown"
      : busy.length === 0
        ? "nothing else busy"
        : `busy: ${busy.map(({ name, cpu }) => `${name} ${cpu}%`).join(", ")}`;
  return `load ${load.toFixed(1)} on ${cores} cores, ${processes}`;
}

/** Whether that disturbs a measurement: as much as half a core. */
export function isBusy({ load: [load], busy }: Activity): boolean {
  return busy === null ? load >= 1 : busy.reduce((sum, { cpu }) => sum + cpu, 0) >= 50;
}

/** @param own whose time, with that of its children, is that of the measurement */
export function busiest(processes: readonly Process[], own: number): { name: string; cpu: number }[] {
  const ours = new Set([own]);
  for (let before = 0; ours.size > before;) {
    before = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes
    .filter(({ pid, cpu }) => !ours.has(pid) && cpu >= leastShare)
    .sort((a, b) => b.cpu - a.cpu)
    .slice(0, mostProcesses)
    .map(({ name, cpu }) => ({ name, cpu: Math.round(cpu) }));
}

async function runningProcesses(): Promise<Process[] | undefined> {
  if (process.platform === "linux") return linuxProcesses();
  if (process.platform === "win32") return undefined;
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,pcpu=,comm="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, cpu, path] = /^\s*(\d+)\s+(\d+)\s+([\d.]+)\s+(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), cpu: Number(cpu), name: path.replace(/.*\//, "") }];
  });
}

async function linuxProcesses(): Promise<Process[]> {
  const before = await ticks();
  const start = performance.now();
  await wait(window);
  const after = await ticks();
  const seconds = (performance.now() - start) / 1000;
  return [...after].map(([pid, { used, ...process }]) => {
    const spent = used - (before.get(pid)?.used ?? used);
    return { pid, ...process, cpu: (100 * spent) / ticksPerSecond / seconds };
  });
}

/** What each process has used so far, as `/proc/PID/stat` counts it. */
async function ticks(): Promise<Map<number, { parent: number; name: string; used: number }>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
      if (rest === undefined) return undefined;
      const fields = rest.split(" ");
      const used = Number(fields[11]) + Number(fields[12]);
      return [Number(pid), { parent: Number(fields[1]), name, used }] as const;
    }),
  );
  return new Map(found.filter((entry) => entry !== undefined));
}
