/** Tuning as a user meets it: one line on stderr, a file in the cache folder, nothing of either the second time. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/images.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.build();
});
afterAll(() => cli.remove());

/** Trains a head whose products are large enough to be tuned. */
async function workplace() {
  const folder = await temporaryFolder();
  const cache = join(folder, "cache");
  const features = join(folder, "features.h5");
  await writeClouds(features, { counts: { train: 20, validation: 20 }, shape: [2, 2, 128] });
  let runs = 0;
  const train = (env: Record<string, string | undefined>, ...more: string[]) => {
    const out = join(folder, `run${runs++}`);
    const args = ["train", "--features", features, "--out", out, "--epochs", "1", "--seed", "1", ...more];
    // Mesa's shaders stay where they are, so that they need not be compiled anew.
    const shaders = { MESA_SHADER_CACHE_DIR: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache") };
    return cli.run(args, { env: { XDG_CACHE_HOME: cache, ...shaders, ...env } });
  };
  return { cache, file: join(cache, "wgraft", "tuning.json"), train };
}

const tuning = { WGRAFT_NO_AUTOTUNE: undefined };
const line = /^tuning \d+ kernels? for .*, once$/gm;

describe("tuning on the command line", () => {
  it("happens once and is kept in the cache folder", async () => {
    const { cache, file, train } = await workplace();
    const first = await train(tuning);
    expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(line)]);
    expect(await readdir(cache)).toEqual(["wgraft"]);
    const kept = await readFile(file, "utf8");
    const { platforms } = JSON.parse(kept) as { platforms: Record<string, Record<string, string>> };
    const [[platform, choices]] = Object.entries(platforms);
    expect(platform).toMatch(/; webgpu \d+\.\d+\.\d+; wgraft \d+\.\d+\.\d+$/);
    expect(Object.keys(choices).every((key) => key.startsWith("mat_mul("))).toBe(true);

    const second = await train(tuning);
    expect([second.code, second.stderr.match(line)]).toEqual([0, null]);
    expect(await readFile(file, "utf8")).toBe(kept);
  });

  it("does not happen with --no-autotune, nor with WGRAFT_NO_AUTOTUNE, and nothing is written", async () => {
    const { cache, train } = await workplace();
    for (const run of [await train(tuning, "--no-autotune"), await train({ WGRAFT_NO_AUTOTUNE: "1" })]) {
      expect([run.code, run.stderr.match(line)]).toEqual([0, null]);
      await expect(readdir(cache)).rejects.toThrow("ENOENT");
    }
  });

  it("goes on with a damaged file, and without a folder that can be written", async () => {
    const { cache, file, train } = await workplace();
    await mkdir(join(cache, "wgraft"), { recursive: true });
    await writeFile(file, "{");
    const damaged = await train(tuning);
    expect([damaged.code, damaged.stderr]).toEqual([0, expect.stringMatching(/tuning\.json is not read/)]);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ schema: 1 });

    const blocked = await train({ ...tuning, XDG_CACHE_HOME: file });
    expect([blocked.code, blocked.stderr]).toEqual([
      0,
      expect.stringMatching(/the choice of kernels is not kept/),
    ]);
  });
});
