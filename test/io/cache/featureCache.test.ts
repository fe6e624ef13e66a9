import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { featureCache, type FeatureCacheOptions } from "../../../src/io/cache/featureCache.js";
import { temporaryFolder } from "../../support/images.js";

const key = (n: number) => n.toString(16).padStart(64, "0");
const values = Float32Array.of(1.5, -2, NaN, 3e38);

async function open(options: FeatureCacheOptions = {}) {
  const path = options.path ?? join(await temporaryFolder(), "features");
  return featureCache({ maxBytes: 2 ** 20, path, ...options });
}
const fileOf = (path: string, n: number) => join(path, key(n).slice(0, 2), key(n).slice(2));

describe("the feature cache", () => {
  it("gives back what it was given, and nothing else", async () => {
    const cache = await open();
    expect([await cache.has(key(1)), await cache.get(key(1))]).toEqual([false, undefined]);
    await cache.put(key(1), values.subarray(0));
    expect(await cache.has(key(1))).toBe(true);
    expect(await (await open({ path: cache.path })).get(key(1))).toEqual(values);
    expect(await cache.usage()).toEqual({ files: 1, bytes: 32 + 16 });
    await cache.clear();
    expect(await cache.usage()).toEqual({ files: 0, bytes: 0 });
  });

  it.each([
    ["a flipped bit", (bytes: Buffer) => ((bytes[40] ^= 1), bytes)],
    ["a cut end", (bytes: Buffer) => bytes.subarray(0, 44)],
    ["a missing value", (bytes: Buffer) => bytes.subarray(0, 45)],
    ["nothing", () => Buffer.alloc(0)],
  ])("takes a file with %s for none, and removes it", async (_, damage) => {
    const cache = await open();
    await cache.put(key(1), values);
    const file = fileOf(cache.path, 1);
    await writeFile(file, damage(await readFile(file)));
    expect(await cache.get(key(1))).toBeUndefined();
    expect(await cache.has(key(1))).toBe(false);
  });

  it("removes what was used longest ago when it grows over its bound", async () => {
    const cache = await open({ maxBytes: 1000 });
    const each = new Float32Array(17); // 100 bytes with the checksum
    const twoHoursAgo = Date.now() / 1000 - 7200;
    for (let n = 0; n < 9; n++) {
      await cache.put(key(n), each);
      await utimes(fileOf(cache.path, n), twoHoursAgo + n, twoHoursAgo + n);
    }
    expect(await cache.get(key(0))).toEqual(each); // used now
    for (let n = 9; n < 12; n++) await cache.put(key(n), each);
    await cache.trim();
    expect((await cache.usage()).bytes).toBeLessThanOrEqual(1000);
    expect(await cache.has(key(0))).toBe(true);
    expect(await cache.has(key(1))).toBe(false);
    expect(await cache.has(key(11))).toBe(true);
  });

  it("removes what processes left that died while they wrote", async () => {
    const cache = await open({ maxBytes: 1000 });
    await cache.put(key(1), values);
    const [fresh, old] = [1, 2].map((n) => `${fileOf(cache.path, 1)}.${n}.tmp`);
    for (const path of [fresh, old]) await writeFile(path, "");
    await utimes(old, 1, 1);
    await cache.trim();
    expect((await readdir(join(cache.path, "00"))).filter((name) => name.endsWith(".tmp"))).toHaveLength(1);
    expect((await cache.usage()).files).toBe(1);
  });

  it("is shared by writers of the same keys", async () => {
    const path = join(await temporaryFolder(), "features");
    const caches = await Promise.all([open({ path }), open({ path }), open({ path })]);
    await Promise.all(
      caches.flatMap((cache) =>
        Array.from({ length: 40 }, async (_, n) => {
          await cache.put(key(n), Float32Array.of(n, n));
          if (n % 7 === 0) await cache.trim();
          const found = await cache.get(key(n));
          expect(found === undefined || found[0] === n).toBe(true);
        }),
      ),
    );
    for (let n = 0; n < 40; n++) expect(await caches[0].get(key(n))).toEqual(Float32Array.of(n, n));
  });

  it("says once that nothing can be kept, and fails nobody", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "file");
    await writeFile(path, "");
    const notes: string[] = [];
    const cache = await open({ path: join(path, "features"), onNote: (note) => notes.push(note) });
    await cache.put(key(1), values);
    await cache.put(key(2), values);
    expect(notes).toEqual([expect.stringMatching(/^features are not cached: .*file/)]);
    expect(await cache.get(key(1))).toBeUndefined();
    expect((await stat(path)).size).toBe(0);
  });

  it("has its place and its bound from the environment", async () => {
    const folder = await temporaryFolder();
    vi.stubEnv("XDG_CACHE_HOME", folder);
    vi.stubEnv("WGRAFT_CACHE_MIB", "2");
    expect(featureCache()).toMatchObject({ path: join(folder, "wgraft", "features"), maxBytes: 2 ** 21 });
    vi.stubEnv("WGRAFT_CACHE_MIB", "many");
    expect(() => featureCache()).toThrow(/WGRAFT_CACHE_MIB: expected a number of MiB, got "many"/);
    vi.unstubAllEnvs();
  });
});
