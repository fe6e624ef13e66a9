/**
 * A project as a user has it: `wgraft` in node_modules and on the PATH, the tutorial's pages beside it, compiled one by
 * one. What a page imports that is not public, or the package does not have, is not found there.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { bundling } from "../../scripts/bundling.mjs";

export class Project {
  private constructor(readonly folder: string) {}

  /** The package is bundled as scripts/build.mjs does it, into a folder from where the dependencies are found. */
  static async create(): Promise<Project> {
    await mkdir("dist", { recursive: true });
    const folder = resolve(await mkdtemp(join("dist", ".test-examples-")));
    const installed = join(folder, "node_modules", "wgraft");
    await build({
      ...bundling,
      entryPoints: { index: "src/index.ts", cli: "src/cli/main.ts" },
      outdir: join(installed, "dist"),
      splitting: true,
    });
    const { name, version, type, exports, bin } = JSON.parse(
      await readFile("package.json", "utf8"),
    ) as Record<string, unknown>;
    await writeFile(join(installed, "package.json"), JSON.stringify({ name, version, type, exports, bin }));
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    for (const name of ["tutorial", "guides"]) {
      const pages = (await readdir(join("examples", name))).map((file) => join("examples", name, file));
      await build({ entryPoints: pages, outdir: join(folder, name), target: "node20", format: "esm" });
    }
    await cp("bin", join(installed, "bin"), { recursive: true });
    // As npm does it.
    const command = join(installed, (bin as { wgraft: string }).wgraft);
    await chmod(command, 0o755);
    await mkdir(join(folder, "bin"));
    await symlink(command, join(folder, "bin", "wgraft"));
    return new Project(folder);
  }

  /** Runs a page of the tutorial. @returns its stdout */
  page(name: string, args: readonly string[]): Promise<string> {
    return this.run(process.execPath, [join("tutorial", `${name}.js`), ...args]);
  }

  /** Runs a program of examples/guides. @returns its stdout and, behind it, its stderr */
  guide(name: string, args: readonly string[]): Promise<string> {
    return this.run(process.execPath, [join("guides", `${name}.js`), ...args]);
  }

  /** Runs a script of examples/cli with its variables. @returns its stdout and, behind it, its stderr */
  script(name: string, variables: Readonly<Record<string, string>>, args: readonly string[] = []) {
    return this.run("bash", [resolve("examples/cli", `${name}.sh`), ...args], variables);
  }

  /** Runs a command of the command line with `--json`. */
  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run("wgraft", [...args, "--json"], {}, false)) as T;
  }

  /** Runs a command in the project's folder. Fails with its words when it fails. */
  private async run(
    command: string,
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    withStderr = true,
  ): Promise<string> {
    const path = [join(this.folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: "1", WGRAFT_NO_AUTOTUNE: "1", ...variables, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => (texts[stream] += text));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) {
      throw new Error(`${command} ${args.join(" ")}: exit ${code}\n${texts.stdout}${texts.stderr}`);
    }
    return withStderr ? texts.stdout + texts.stderr : texts.stdout;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
