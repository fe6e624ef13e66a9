/** Runs the command line as a user does: the bundle of scripts/build.mjs, in a process of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bundling } from "../../scripts/bundling.mjs";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default: that of the test. */
  cwd?: string;
  onStart?: (child: ChildProcess) => void;
  /** Called with all of stdout and stderr so far, whenever there is more. */
  onOutput?: (output: string, child: ChildProcess) => void;
}

export class Cli {
  private constructor(private readonly folder: string) {}

  /** Bundles the sources into a folder of the build's, from where the dependencies are found. */
  static async build(): Promise<Cli> {
    await mkdir("dist", { recursive: true });
    const folder = await mkdtemp(join("dist", ".test-cli-"));
    const entryPoints = { cli: "src/cli/main.ts", bench: "bench/main.ts" };
    await build({ ...bundling, entryPoints, outdir: folder, splitting: true });
    return new Cli(folder);
  }

  /** The bundle, for `node`. */
  get path(): string {
    return resolve(this.folder, "cli.js");
  }

  async run(args: readonly string[], { env, cwd, onStart, onOutput }: RunOptions = {}): Promise<Finished> {
    const child = spawn(process.execPath, [this.path, ...args], {
      cwd,
      // What tests measure, or leave on this machine, is their own matter: they ask for it.
      env: { ...process.env, NO_COLOR: "1", WGRAFT_NO_AUTOTUNE: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onStart?.(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(stdout + stderr, child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onOutput?.(stdout + stderr, child);
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr: withoutDawnsWarnings(stderr) };
  }

  /** Runs a command with `--json` and returns its object. Fails with the command's words when it fails. */
  async json<T = Record<string, unknown>>(args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, "--json"]);
    if (code !== 0) throw new Error(`wgraft ${args.join(" ")}: exit ${code}\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Interrupts a command, as Ctrl-C does or by another signal, when its output matches for the first time. */
  async interruptAt(
    pattern: RegExp,
    args: readonly string[],
    env?: RunOptions["env"],
    signal: NodeJS.Signals = "SIGINT",
  ): Promise<Finished> {
    let sent = false;
    return this.run(args, {
      env,
      onOutput: (output, child) => {
        if (sent || !pattern.test(output)) return;
        sent = true;
        child.kill(signal);
      },
    });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Dawn writes about lavapipe's limits to stderr by itself. */
function withoutDawnsWarnings(text: string): string {
  return text.replace(/^Warning: max\w+ artificially reduced .*\n/gm, "");
}
