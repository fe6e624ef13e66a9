/** Puts the other libraries into bench/peers/node_modules. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, WgraftError } from "../src/errors.js";
import { packageRoot } from "./environment.js";

export const peersFolder = join(packageRoot, "bench", "peers");

/**
 * Installs what bench/peers/package.json names, unless it is there already.
 * @param note is told before anything is fetched
 * @throws WgraftError `io` where npm fails
 */
export async function installPeers(note: (line: string) => void, signal?: AbortSignal): Promise<void> {
  // npm writes this last, so an interrupted install counts as none.
  const installed = join(peersFolder, "node_modules", ".package-lock.json");
  const wanted = join(peersFolder, "package.json");
  if (existsSync(installed) && (await stat(installed)).mtimeMs >= (await stat(wanted)).mtimeMs) return;
  note(
    `installing tfjs, onnxruntime-node and jax-js with npm into ${peersFolder}/node_modules (540 MB), once`,
  );
  // No install scripts: onnxruntime-node's would fetch CUDA's libraries.
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  try {
    await promisify(execFile)("npm", args, {
      cwd: peersFolder,
      signal,
      shell: process.platform === "win32",
    });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw new WgraftError("io", `npm install in ${peersFolder} failed: ${said || messageOf(cause)}`, {
      cause,
    });
  }
}
