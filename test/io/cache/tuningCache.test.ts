import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tuningCache, tuningCachePath } from "../../../src/io/cache/tuningCache.js";
import { temporaryFolder } from "../../support/images.js";

afterEach(() => vi.unstubAllEnvs());

async function newCache(): Promise<{
  path: string;
  notes: string[];
  open: () => ReturnType<typeof tuningCache>;
}> {
  const path = join(await temporaryFolder(), "wgraft", "tuning.json");
  const notes: string[] = [];
  return { path, notes, open: () => tuningCache({ path, onNote: (note) => notes.push(note) }) };
}

describe("the tuning cache", () => {
  it("lies in the cache folder of XDG, if that is absolute, or in ~/.cache", () => {
    vi.stubEnv("XDG_CACHE_HOME", "/var/cache/me");
    expect(tuningCachePath()).toBe("/var/cache/me/wgraft/tuning.json");
    for (const none of ["", "relative"]) {
      vi.stubEnv("XDG_CACHE_HOME", none);
      expect(tuningCachePath()).toBe(join(homedir(), ".cache", "wgraft", "tuning.json"));
    }
  });

  it("is empty at first, and creates nothing to say so", async () => {
    const { path, notes, open } = await newCache();
    expect([...(await open().load("p"))]).toEqual([]);
    expect(notes).toEqual([]);
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it("keeps choices by platform, and merges what several processes write", async () => {
    const { path, notes, open } = await newCache();
    const [one, other] = [open(), open()];
    await Promise.all([one.load("p"), other.load("p")]);
    await one.add(
      "p",
      new Map([
        ["a", "1"],
        ["b", "1"],
      ]),
    );
    await other.add("p", new Map([["b", "2"]]));
    await other.add("q", new Map([["a", "4"]]));
    expect(Object.fromEntries(await open().load("p"))).toEqual(
      Object.fromEntries([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    expect([...(await open().load("q"))]).toEqual([["a", "4"]]);
    expect([...(await open().load("r"))]).toEqual([]);
    expect([...(await open().load("constructor"))]).toEqual([]);
    expect(notes).toEqual([]);
    expect(await readdir(join(path, ".."))).toEqual(["tuning.json"]);
  });

  it.each([
    ["half a file", '{"schema":1,"platforms":{"p":{"a":"1"', /is not read, kernels are tuned again: .*JSON/],
    ["another's file", '{"rows":[1,2]}', /kernels are tuned again: schema: /],
    ["another version's file", '{"schema":2,"platforms":{}}', /kernels are tuned again: schema: /],
    ["a file with other things in it", '{"schema":1,"platforms":{"p":{"a":7}}}', /platforms\.p\.a: /],
    ["a file of any size", " ".repeat(17 * 2 ** 20), /17825792 bytes are too many/],
  ])("says so and starts afresh with %s", async (_, text, words) => {
    const { path, notes, open } = await newCache();
    await mkdir(join(path, ".."));
    await writeFile(path, text);
    const cache = open();
    expect([...(await cache.load("p"))]).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(words)]);
    await cache.add("p", new Map([["a", "1"]]));
    expect([...(await open().load("p"))]).toEqual([["a", "1"]]);
    expect(notes.length).toBe(1);
  });

  it("cannot be written where there is a file in the way of its folder", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "wgraft"), "");
    const cache = tuningCache({ path: join(folder, "wgraft", "tuning.json"), onNote: () => undefined });
    await expect(cache.add("p", new Map([["a", "1"]]))).rejects.toMatchObject({ code: "io" });
  });
});
