import fs from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { readNameList, writeNameList } from "../../../src/io/hdf5/nameLists.js";
import { openHdf5, withHdf5 } from "../../../src/io/hdf5/reader.js";
import { createHdf5, Hdf5Writer } from "../../../src/io/hdf5/writer.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const ENCODINGS = "test/golden/hdf5/encodings.h5";
const HOSTILE = "test/golden/hdf5/hostile.h5";

function ramp(n: number): Float32Array {
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = i;
  return values;
}

/** vitest's own comparison takes seconds for millions of values. */
function sameBytes(a: Float32Array, b: Float32Array): boolean {
  const bytes = (x: Float32Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return bytes(a).equals(bytes(b));
}

describe("what h5py wrote", () => {
  it("reads compressed, big-endian and 64-bit values", async () => {
    await withHdf5(ENCODINGS, async ({ root }) => {
      expect(root.dataset("gzip")!.shape).toEqual([20, 30]);
      expect(await root.dataset("gzip")!.readFloat32()).toEqual(ramp(600));
      expect(await root.dataset("gzip")!.readFloat32([5, 8])).toEqual(ramp(600).subarray(150, 240));
      expect(await root.dataset("float64_big_endian")!.readFloat32()).toEqual(ramp(600));
    });
  });

  it("reads strings of variable and of fixed length, as UTF-8 whatever they are marked", async () => {
    await withHdf5(ENCODINGS, async ({ root }) => {
      expect(root.strings("variable_length")).toEqual(["été", "layer"]);
      expect(root.strings("fixed_length")).toEqual(["été", "layer"]);
      expect(root.string("scalar")).toBe("one");
      expect(root.strings("empty")).toEqual([]);
      expect(root.strings("absent")).toBeUndefined();
      expect(root.numbers("int64")).toEqual([1, -2]);
      expect(await root.dataset("padded_strings")!.readStrings()).toEqual(["one", "seven"]);
    });
  });

  it("names what it does not read", async () => {
    await withHdf5(ENCODINGS, async ({ root }) => {
      await expect(root.dataset("float16")!.readFloat32()).rejects.toThrow(
        /float16 holds float16, where float32 is needed/,
      );
      await expect(root.dataset("int32")!.readFloat32()).rejects.toThrow(/holds int32/);
      await expect(root.dataset("lzf")!.readFloat32()).rejects.toThrow(
        /compressed with lzf; only gzip is read/,
      );
      await expect(root.dataset("gzip")!.readStrings()).rejects.toThrow(/where a list of strings is needed/);
      expect(() => root.string("fixed_length")).toThrow(/is not one string/);
      expect(() => root.strings("int64")).toThrow(/is not text/);
    });
  });
});

describe("hostile files", () => {
  const refused: [string, RegExp][] = [
    ["external_storage", /unable to open external raw data file/],
    ["virtual", /takes its values from other files/],
    ["external_link", /soft or external link/],
    ["soft_link", /soft or external link/],
    ["bomb", /declares 4398046511104 bytes, more than the limit/],
    ["deflate_bomb", /declares 268435456 bytes, more than the file holds/],
    ["hollow", /declares 67108864 bytes, more than the file holds/],
  ];
  it.each(refused)("refuses %s", async (name, message) => {
    await withHdf5(HOSTILE, async (file) => {
      await expect(async () => file.root.dataset(name)!.readFloat32()).rejects.toThrow(
        expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) as string }),
      );
    });
  });

  it("are closed after a failed read, and print nothing", async () => {
    const printed = vi.spyOn(fs, "writeSync");
    const open = async () => {
      const descriptors = await readdir("/proc/self/fd");
      return Promise.all(descriptors.map((n) => readlink(`/proc/self/fd/${n}`).catch(() => "")));
    };
    const path = join(folder, "hostile.h5");
    await copyFile(HOSTILE, path);
    await withHdf5(path, async (file) => {
      await expect(file.root.dataset("external_storage")!.readFloat32()).rejects.toThrow();
      expect(await open()).toContain(path);
    });
    // Its thread gives it back as it ends.
    await expect.poll(open).not.toContain(path);
    expect((await open()).filter((name) => name.includes("tmpfile"))).toEqual([]);
    // Counted, not compared: a diff of what was written would hold all of WebAssembly's memory.
    expect(printed.mock.calls.filter(([descriptor]) => descriptor === 2).length).toBe(0);
    printed.mockRestore();
  });
});

describe("files that are not HDF5", () => {
  const cases: [string, string | Buffer, RegExp][] = [
    ["page.h5", "\n<!DOCTYPE html><html>404</html>", /HTML page, the download probably failed/],
    ["empty.h5", "", /zero bytes/],
    ["lfs.h5", "version https://git-lfs.github.com/spec/v1\n", /Git LFS pointer/],
    ["noise.h5", Buffer.alloc(5000, 7), /is not an HDF5 file$/],
  ];
  it.each(cases)("says what %s is", async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const error: unknown = await openHdf5(path).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "bad-input", message: expect.stringMatching(message) as string });
    expect((error as Error).message).toContain(path);
  });

  it("says what a truncated, a missing and a folder path is", async () => {
    const bytes = await readFile("test/golden/keras/tiny_vgg_uncompiled.h5");
    const path = join(folder, "truncated.h5");
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    await expect(openHdf5(path)).rejects.toThrow(/damaged or truncated HDF5 file/);
    await expect(openHdf5(join(folder, "nowhere.h5"))).rejects.toMatchObject({ code: "bad-input" });
    await expect(openHdf5(folder)).rejects.toThrow(/is a folder; name the \.h5 file in it/);
  });
});

describe("writing", () => {
  it("reads back what it wrote", async () => {
    const path = join(folder, "written.h5");
    await createHdf5(path, (writer) => {
      writer.group("/a/b");
      writer.text("/", "text", "hello");
      writer.textList("/a/b", "names", ["été", "kernel:0"]);
      writer.textList("/a", "none", []);
      writer.integers("/", "whole", [1, -2]);
      writer.number("/", "half", 0.5);
      writer.float32("/a/b/kernel:0", [2, 3], ramp(6));
      writer.float32("/scalar", [], Float32Array.of(7));
      writer.strings("/files", ["chats/été 1.jpg", "", "b"]);
      writer.strings("/no_files", []);
    });
    await withHdf5(path, async ({ root }) => {
      expect([...root.keys()]).toEqual(["a", "files", "no_files", "scalar"]);
      expect(root.string("text")).toBe("hello");
      expect(root.group("a/b")!.strings("names")).toEqual(["été", "kernel:0"]);
      expect(root.group("a")!.strings("none")).toEqual([]);
      expect(root.numbers("whole")).toEqual([1, -2]);
      expect(root.numbers("half")).toEqual([0.5]);
      expect(await root.dataset("a/b/kernel:0")!.readFloat32()).toEqual(ramp(6));
      expect(await root.dataset("scalar")!.readFloat32()).toEqual(Float32Array.of(7));
      expect(await root.dataset("files")!.readStrings()).toEqual(["chats/été 1.jpg", "", "b"]);
      expect(await root.dataset("no_files")!.readStrings()).toEqual([]);
      expect(root.dataset("a/b/c/d")).toBeUndefined();
      expect(root.group("scalar")).toBeUndefined();
    });
  });

  it("writes and reads lists of more names than a call takes arguments", async () => {
    const path = join(folder, "names.h5");
    const names = Array.from({ length: 200_000 }, (_, i) => `${i}`);
    await createHdf5(path, (writer) => {
      writeNameList(writer, "/", "names", names);
      writer.strings("/filenames", names);
    });
    await withHdf5(path, async ({ root }) => {
      expect(readNameList(root, "names")).toEqual(names);
      expect(await root.dataset("filenames")!.readStrings()).toEqual(names);
    });
  });

  it("writes values that come in parts as it writes them in one piece", async () => {
    const [whole, parts] = [join(folder, "whole.h5"), join(folder, "parts.h5")];
    // Both files have the time in them.
    vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
    onTestFinished(() => void vi.useRealTimers());
    await createHdf5(whole, (writer) => {
      writer.float32("/x", [10, 7], ramp(70));
      writer.float32("/scalar", [], ramp(1));
      writer.float32("/empty", [0, 3], ramp(0));
    });
    async function* cut(values: Float32Array, size: number) {
      for (let at = 0; at < values.length; at += size) {
        // Other files take memory of HDF5's meanwhile.
        await createHdf5(join(folder, "other.h5"), (writer) => writer.float32("/z", [900], ramp(900)));
        yield values.subarray(at, at + size);
      }
    }
    await createHdf5(parts, async (writer) => {
      await writer.float32Parts("/x", [10, 7], cut(ramp(70), 16));
      await writer.float32Parts("/scalar", [], cut(ramp(1), 16));
      await writer.float32Parts("/empty", [0, 3], cut(ramp(0), 16));
      await expect(writer.float32Parts("/y", [9], cut(ramp(8), 4))).rejects.toThrow(/8 values for shape 9/);
      await expect(writer.float32Parts("/y", [7], cut(ramp(8), 4))).rejects.toThrow(/8 values for shape 7/);
    });
    expect((await readFile(parts)).equals(await readFile(whole))).toBe(true);
  });

  it("grows a dataset row by row", async () => {
    const path = join(folder, "rows.h5");
    await createHdf5(path, (writer) => {
      const rows = writer.rows("/rows", [2, 5]);
      rows.append(ramp(70).subarray(0, 30));
      rows.append(ramp(70).subarray(30, 30));
      rows.append(ramp(70).subarray(30));
      expect(rows.length).toBe(7);
      expect(() => rows.append(ramp(11))).toThrow(/no whole number of rows/);
      writer.rows("/none", [3]);
    });
    await withHdf5(path, async ({ root }) => {
      expect(root.dataset("rows")!.shape).toEqual([7, 2, 5]);
      expect(await root.dataset("rows")!.readFloat32()).toEqual(ramp(70));
      expect(await root.dataset("none")!.readFloat32()).toEqual(new Float32Array(0));
    });
  });

  it("reads datasets of more than one block, whichever axis is cut", async () => {
    const path = join(folder, "large.h5");
    const shape = [1, 3, 5_700_000]; // a row is more than a block, a third of it is not
    const values = ramp(3 * 5_700_000);
    await createHdf5(path, (writer) => writer.float32("/large", shape, values));
    await withHdf5(path, async ({ root }) => {
      expect(sameBytes(await root.dataset("large")!.readFloat32(), values)).toBe(true);
    });
    await createHdf5(path, (writer) => writer.float32("/large", shape.slice(1), values));
    await withHdf5(path, async ({ root }) => {
      expect(sameBytes(await root.dataset("large")!.readFloat32(), values)).toBe(true);
      expect(
        sameBytes(
          await root.dataset("large")!.readFloat32([1, 2]),
          values.subarray(5_700_000, 2 * 5_700_000),
        ),
      ).toBe(true);
    });
  });

  it("says why a file cannot be made", async () => {
    await expect(Hdf5Writer.create(join(folder, "missing", "x.h5"))).rejects.toMatchObject({ code: "io" });
  });

  it("refuses what does not fit its shape", async () => {
    await createHdf5(join(folder, "misfit.h5"), (writer) => {
      expect(() => writer.float32("/x", [2, 2], ramp(3))).toThrow(/3 values for shape 2×2/);
      writer.float32("/y", [1], ramp(1));
      expect(() => writer.float32("/y", [1], ramp(1))).toThrow(expect.objectContaining({ code: "io" }));
    });
  });
});
