/** Tuning as a user meets it: what is stored is used, and a short job pays nothing for it. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice } from "../../src/kernels/gpu/device.js";
import { platformKey } from "../../src/kernels/gpu/tuning.js";
import { version } from "../../src/version.js";
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
  const outs: string[] = [];
  const train = (env: Record<string, string | undefined>, ...more: string[]) => {
    const out = join(folder, `run${outs.length}`);
    outs.push(out);
    const args = ["train", "--features", features, "--out", out, "--epochs", "1", "--seed", "1", ...more];
    // Mesa's shaders stay where they are, so that they need not be compiled anew.
    const shaders = { MESA_SHADER_CACHE_DIR: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache") };
    return cli.run(args, { env: { XDG_CACHE_HOME: cache, ...shaders, ...env } });
  };
  return { cache, file: join(cache, "wgraft", "tuning.json"), outs, train };
}

const tuning = { WGRAFT_NO_AUTOTUNE: undefined };

/** The name of this adapter in the file. */
async function platformOfDevice(): Promise<string> {
  const { info, toggles, destroy } = await createDevice().then((device) => ({
    ...{ info: device.info, toggles: device.toggles },
    destroy: () => device.destroy(),
  }));
  destroy();
  return platformKey(info, toggles, { wgraft: version("wgraft"), webgpu: version("webgpu") });
}

async function kernelsOf(out: string): Promise<Record<string, string>> {
  const text = await readFile(join(out, "config.json"), "utf8");
  return (JSON.parse(text) as { kernels: Record<string, string> }).kernels;
}

describe("tuning on the command line", () => {
  it("costs a short job nothing: it measures nothing and writes nothing", async () => {
    const { cache, train } = await workplace();
    const { code, stderr } = await train(tuning);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("measured")]);
    await expect(readdir(cache)).rejects.toThrow("ENOENT");
  });

  it("uses what was measured before, unless --no-autotune or WGRAFT_NO_AUTOTUNE says otherwise", async () => {
    const { file, outs, train } = await workplace();
    await train(tuning);
    const estimated = await kernelsOf(outs[0]);
    const stored = Object.fromEntries(
      Object.entries(estimated).map(([key, variant]) => [
        key,
        variant === "workgroup" ? "subgroup" : "workgroup",
      ]),
    );
    await mkdir(dirname(file), { recursive: true });
    const kept = JSON.stringify({ schema: 1, platforms: { [await platformOfDevice()]: stored } });
    await writeFile(file, kept);
    await train(tuning);
    await train(tuning, "--no-autotune");
    await train({ WGRAFT_NO_AUTOTUNE: "1" });
    await train(tuning, "--kernels-from", outs[0]);
    expect(Object.keys(estimated).length).toBeGreaterThan(0);
    expect(await Promise.all(outs.slice(1).map(kernelsOf))).toEqual([
      stored,
      estimated,
      estimated,
      estimated,
    ]);
    expect(await readFile(file, "utf8")).toBe(kept);
  });

  it("says once that a file is damaged, and does without it", async () => {
    const { file, train } = await workplace();
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "{");
    const { code, stderr } = await train(tuning);
    expect([code, stderr.match(/tuning\.json is not read/g)?.length]).toEqual([0, 1]);
  });
});
