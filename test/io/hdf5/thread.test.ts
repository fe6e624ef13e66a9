/** Threads serve one file after the other, each with an instance of HDF5 of its own. */
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openHdf5, withHdf5 } from "../../../src/io/hdf5/reader.js";
import { giveBack, prepareHdf5, takeThread } from "../../../src/io/hdf5/thread.js";
import { changed, ringFreeList } from "../../support/damage.js";
import { hdf5Bytes, plainH5 } from "../../support/plainModel.js";

let folder: string;
let sound: string;
let damaged: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  [sound, damaged] = [join(folder, "sound.h5"), join(folder, "damaged.h5")];
  await writeFile(sound, await plainH5());
  const bytes = await hdf5Bytes((writer) => writer.group("/a"));
  await writeFile(damaged, changed(bytes, ringFreeList));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The thread that the next file would get. */
async function nextThread() {
  const thread = await takeThread();
  giveBack(thread);
  return thread;
}

/** Paths that this process has open. */
async function openPaths(): Promise<string[]> {
  const names = await readdir("/proc/self/fd");
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
}

it("keeps a thread for the next file, without the file it had", async () => {
  await withHdf5(sound, () => undefined);
  const thread = await takeThread();
  expect(thread.isOver).toBe(false);
  expect(await openPaths()).not.toContain(sound);
  giveBack(thread);
  expect(await takeThread()).not.toBe(thread); // it never had a file to close
  thread.stop();
});

it("gives files that are open at the same time threads of their own", async () => {
  const files = await Promise.all([openHdf5(sound), openHdf5(sound), openHdf5(sound)]);
  files[0].close();
  for (const file of files.slice(1)) {
    const bias = await file.root.dataset("model_weights/dense/dense/bias:0")!.readFloat32();
    expect([...bias]).toEqual([7, 8, 9]);
    file.close();
  }
});

it("does not keep a thread that had to be stopped, or whose file was closed while it was read", async () => {
  prepareHdf5();
  const first = await takeThread();
  first.stop();
  giveBack(first);
  expect(await nextThread()).not.toBe(first);

  await expect(openHdf5(damaged, { limits: { seconds: 0.3, memory: 2 ** 31 } })).rejects.toThrow(
    /did not come to an end/,
  );
  await withHdf5(sound, ({ root }) => expect(root.keys().size).toBe(1));

  const file = await openHdf5(sound);
  const reading = file.root.dataset("model_weights/dense/dense/kernel:0")!.readFloat32();
  file.close();
  await expect(reading).rejects.toThrow(/it was closed/);
  await withHdf5(sound, ({ root }) => expect(root.keys().size).toBe(1));
});
