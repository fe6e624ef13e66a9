/** Extractions that are killed, continued and repeated: the feature cache gives the bits that computing gives. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const env = () => ({ XDG_CACHE_HOME: inFolder("cache"), WGRAFT_CACHE_MIB: "64" });
const count = 60;

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-killed-"));
  await writeImageFolders(inFolder("images"), { train: count, test: 3, size: 40 });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

function args(out: string, ...more: string[]): string[] {
  const base = [
    "--app",
    "mobilenet",
    "--alpha",
    "0.25",
    "--size",
    "32",
    "--weights",
    "random",
    "--seed",
    "1",
  ];
  return [
    "extract",
    "--data",
    inFolder("images"),
    "--out",
    inFolder(out),
    ...base,
    "--batch-size",
    "7",
    ...more,
  ];
}

interface Report {
  cached: number;
  splits: Record<string, { rows: number }>;
}

async function extract(...given: Parameters<typeof args>): Promise<Report> {
  const { code, stdout, stderr } = await cli.run([...args(...given), "--json"], { env: env() });
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return JSON.parse(stdout) as Report;
}

/** Each image's features as text, by split and name. */
async function bitsOf(out: string): Promise<Map<string, string>> {
  const bits = new Map<string, string>();
  for (const [name, { features, filenames }] of Object.entries((await readFeatures(inFolder(out))).splits)) {
    const row = features.size / filenames.length;
    filenames.forEach((file, i) => {
      const values = features.dataSync().slice(i * row, (i + 1) * row);
      bits.set(`${name}/${file}`, Buffer.from(values.buffer).toString("base64"));
    });
  }
  return bits;
}

it("is killed at ten moments and continued: the features are those of an extraction without a cache", async () => {
  await extract("whole.h5", "--no-cache");
  const whole = await bitsOf("whole.h5");
  expect(whole.size).toBe(2 * count + 6);
  let kills = 0;
  const sizes: number[] = [];
  for (let moment = 0; moment < 10; moment++) {
    // Killed when so many images are in the cache; the last ones when there is nothing more to compute.
    const wanted = (whole.size * moment) / 10;
    const { code } = await cli.run(args("killed.h5"), {
      env: env(),
      onStart: (child) => void watch(wanted, () => (kills++, child.kill("SIGKILL"))),
    });
    expect([null, 0]).toContain(code);
    sizes.push(await cachedImages());
    expect((await readdir(folder)).filter((name) => name === "killed.h5")).toEqual(
      code === 0 ? ["killed.h5"] : [],
    );
    await rm(inFolder("killed.h5"), { force: true });
  }
  expect(kills).toBeGreaterThan(7);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  const { cached } = await extract("killed.h5");
  expect(cached).toBeGreaterThanOrEqual(sizes.at(-1)!);
  expect(await bitsOf("killed.h5")).toEqual(whole);
});

/** Calls `done` when the cache has more images than that. */
async function watch(wanted: number, done: () => void): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 5) {
    if ((await cachedImages()) > wanted) return done();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function cachedImages(): Promise<number> {
  const names = await readdir(inFolder("cache", "wgraft", "features"), { recursive: true }).catch(() => []);
  return names.filter((name) => /[/\\][\da-f]{62}$/.test(name)).length;
}

it("computes only what is new: ten images more move no other one and cost ten", async () => {
  const before = await bitsOf("killed.h5");
  await writeImageFolders(inFolder("more"), { train: 5, size: 40, seed: 9 });
  for (const kind of ["discs", "stripes"])
    for (let n = 0; n < 5; n++) {
      const bytes = await readFile(inFolder("more", "train", kind, `${kind}.${n}.jpg`));
      await writeFile(inFolder("images", "train", kind, `new.${n}.jpg`), bytes);
    }
  const { cached, splits } = await extract("grown.h5");
  const rows = Object.values(splits).reduce((sum, split) => sum + split.rows, 0);
  expect([cached, rows - cached]).toEqual([before.size, 10]);
  const after = await bitsOf("grown.h5");
  for (const [name, bits] of before) expect(after.get(name) === bits, name).toBe(true);
});

it("computes a damaged entry again", async () => {
  const root = inFolder("cache", "wgraft", "features");
  const names = await readdir(root, { recursive: true });
  const entries = names.filter((name) => /[/\\][\da-f]{62}$/.test(name)).slice(0, 9);
  for (const name of entries) await writeFile(join(root, name), "damaged");
  const { cached } = await extract("repaired.h5");
  const wanted = await bitsOf("grown.h5");
  expect(cached).toBeGreaterThanOrEqual(wanted.size - 9);
  expect(cached).toBeLessThan(wanted.size);
  expect(await bitsOf("repaired.h5")).toEqual(wanted);
});
