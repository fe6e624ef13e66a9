import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/images.js";

const execute = promisify(execFile);

/** What the command line is given, with UV_THREADPOOL_SIZE set so. */
async function launch(threads: string | undefined): Promise<unknown> {
  const folder = await temporaryFolder();
  const launcher = join(folder, "bin", "wgraft.cjs");
  await cp("bin", join(folder, "bin"), { recursive: true });
  await mkdir(join(folder, "dist"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    join(folder, "dist", "cli.js"),
    `console.log(JSON.stringify([process.env.UV_THREADPOOL_SIZE, process.argv.slice(2)]));`,
  );
  const env = { ...process.env, UV_THREADPOOL_SIZE: threads };
  const { stdout } = await execute(process.execPath, [launcher, "doctor", "--json"], { env });
  return JSON.parse(stdout);
}

it("decodes on as many threads as there are cores, 4 at least", async () => {
  const threads = String(Math.max(4, availableParallelism()));
  expect(await launch(undefined)).toEqual([threads, ["doctor", "--json"]]);
});

it("keeps to a number that was set", async () => {
  expect(await launch("2")).toEqual(["2", ["doctor", "--json"]]);
});
