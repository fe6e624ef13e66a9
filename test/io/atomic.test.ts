import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { replaceAtomically, writeFileAtomic } from "../../src/io/atomic.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("replaces a file and leaves nothing else", async () => {
  const path = join(folder, "x.json");
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, Buffer.from("second"));
  await replaceAtomically(path, (temporary) => writeFile(temporary, "third"));
  expect(await readFile(path, "utf8")).toBe("third");
  expect(await readdir(folder)).toEqual(["x.json"]);
});

it("keeps what was there when the writer fails", async () => {
  const path = join(folder, "x.h5");
  await writeFile(path, "old");
  const failing = replaceAtomically(path, async (temporary) => {
    await writeFile(temporary, "half");
    throw new Error("disk on fire");
  });
  await expect(failing).rejects.toThrow("disk on fire");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["x.h5"]);
});

it("says what is wrong with the target", async () => {
  await mkdir(join(folder, "taken"));
  await writeFile(join(folder, "file"), "");
  for (const [path, message] of [
    [join(folder, "missing", "x"), /the folder .*missing does not exist/],
    [join(folder, "file", "x"), /file is not a folder/],
    [join(folder, "taken"), /it is a folder/],
  ] as const) {
    await expect(writeFileAtomic(path, "")).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(message) as string,
    });
    await expect(replaceAtomically(path, async () => undefined)).rejects.toMatchObject({ code: "io" });
  }
});
