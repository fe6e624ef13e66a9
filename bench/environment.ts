/** What the figures depend on and do not say themselves. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Device } from "../src/kernels/gpu/device.js";

const require = createRequire(import.meta.url);

/** The folder of this package. */
export const packageRoot = dirname(require.resolve("wgraft/package.json"));

export async function describeEnvironment(device: Device) {
  const { info, toggles, name, tuning, precision } = device;
  const [cpu] = cpus();
  return {
    wgraft: versionOf("wgraft"),
    commit: await commit(),
    adapter: { ...info, name },
    toggles: [...toggles],
    autotune: tuning !== undefined,
    precision,
    node: process.version,
    webgpu: versionOf("webgpu"),
    // Without what a distribution puts behind the version.
    os: `${process.platform} ${process.arch}, ${release().match(/^\d+(\.\d+)*/)?.[0] ?? "unknown"}`,
    cpu: cpu?.model.trim() ?? "unknown",
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    /** Means over 1, 5 and 15 minutes, as the suite begins. Zeros where the system does not tell. */
    load: loadavg(),
  };
}

function versionOf(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** Of the clone that this runs in; null in an installed package. */
async function commit(): Promise<string | null> {
  if (!existsSync(join(packageRoot, ".git"))) return null;
  try {
    const { stdout } = await promisify(execFile)("git", ["describe", "--always", "--dirty"], {
      cwd: packageRoot,
    });
    return stdout.trim();
  } catch {
    return null;
  }
}
