/** Files that would hold HDF5 up, or make it take more than they have: each is refused soon, and the next file is read. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isWalkable, type ReadAt } from "../../../src/io/hdf5/globalHeap.js";
import type { ReadOptions } from "../../../src/io/hdf5/limits.js";
import { openHdf5, withHdf5, type Hdf5File } from "../../../src/io/hdf5/reader.js";
import {
  changed,
  heapObjects,
  linkEntries,
  relink,
  ringFreeList,
  textReferences,
} from "../../support/damage.js";
import { hdf5Bytes, plainH5 } from "../../support/plainModel.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

let count = 0;
async function save(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${count++}.h5`);
  await writeFile(path, bytes);
  return path;
}

async function read<T>(
  bytes: Uint8Array,
  use: (file: Hdf5File) => T | Promise<T>,
  options?: ReadOptions,
): Promise<T> {
  return withHdf5(await save(bytes), use, options);
}

const refused = (message: RegExp) => ({
  code: "bad-input",
  message: expect.stringMatching(message) as string,
});

const twoTexts = () =>
  hdf5Bytes((writer) => {
    writer.text("/", "first", "some text");
    writer.text("/", "second", "more of it");
  });

describe("a global heap that HDF5 would walk for ever", () => {
  it("is refused, whichever of its objects needs no bytes", async () => {
    const bytes = await twoTexts();
    const objects = heapObjects(bytes);
    expect(objects.length).toBe(3);
    for (const at of objects) {
      const emptied = changed(bytes, (copy) => {
        copy.writeUInt16LE(0, at);
        copy.writeBigUInt64LE(0n, at + 8);
      });
      await expect(read(emptied, ({ root }) => root.string("first"))).rejects.toMatchObject(
        refused(/its global heap at byte \d+ is damaged/),
      );
    }
    expect(await read(bytes, ({ root }) => [root.string("first"), root.string("second")])).toEqual([
      "some text",
      "more of it",
    ]);
  });

  it("holds nothing up that does not lie in it", async () => {
    const bytes = await hdf5Bytes((writer) => {
      writer.text("/", "text", "some text");
      writer.float32("/values", [2], Float32Array.of(1, 2));
    });
    const damaged = changed(bytes, (copy) => copy.fill(0, heapObjects(bytes)[0], heapObjects(bytes)[0] + 16));
    await read(damaged, async (file) => {
      expect([...(await file.root.dataset("values")!.readFloat32())]).toEqual([1, 2]);
      expect(() => file.root.string("text")).toThrow(/global heap/);
    });
  });
});

describe("the walk of a global heap", () => {
  const heap = (lengthBytes: number, objects: readonly (readonly [index: number, size: number])[]) => {
    const bytes = Buffer.alloc(4096);
    bytes.write("GCOL\x01", "latin1");
    bytes.writeUIntLE(4096, 8, Math.min(lengthBytes, 6));
    let at = lengthBytes === 8 ? 16 : 8 * Math.ceil((8 + lengthBytes) / 8);
    for (const [index, size] of objects) {
      bytes.writeUInt16LE(index, at);
      bytes.writeUIntLE(size, at + 8, Math.min(lengthBytes, 6));
      at += index === 0 ? size : 16 + 8 * Math.ceil(size / 8);
      if (at > 4000) break;
    }
    const readAt: ReadAt = (position, length) => bytes.subarray(position, position + length);
    return isWalkable(readAt, 0, lengthBytes, bytes.length);
  };
  it.each([8, 4, 2])("with lengths of %i bytes", (lengthBytes) => {
    expect(
      heap(lengthBytes, [
        [1, 100],
        [2, 7],
        [0, 4096 - 16 - 120 - 24],
      ]),
    ).toBe(true);
    expect(
      heap(lengthBytes, [
        [1, 100],
        [0, 0],
      ]),
    ).toBe(false);
    expect(
      heap(lengthBytes, [
        [1, 100],
        [2, 4090],
      ]),
    ).toBe(false);
  });

  it("takes sizes as WebAssembly does: their lowest 32 bits", () => {
    expect(heap(8, [[0, 2 ** 32]])).toBe(false);
    expect(heap(8, [[1, 2 ** 32 - 8]])).toBe(false);
  });

  it("leaves alone what is no heap", () => {
    const readAt: ReadAt = () => Buffer.alloc(4);
    expect(isWalkable(readAt, 0, 8, 4)).toBe(true);
  });
});

describe("more memory than a file is worth", () => {
  it("is not given for text that claims gigabytes", async () => {
    const bytes = await twoTexts();
    const reference = bytes.indexOf(Buffer.from([9, 0, 0, 0]), bytes.indexOf("first"));
    const claims = changed(bytes, (copy) => copy.writeUInt32LE(1_900_000_000, reference));
    const started = performance.now();
    await expect(read(claims, ({ root }) => root.string("first"))).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("is not given for one text that is named many times", async () => {
    const text = "x".repeat(5000);
    const bytes = await hdf5Bytes((writer) =>
      writer.strings("/names", [text, ...Array<string>(200).fill("b")]),
    );
    const [first] = textReferences(bytes, bytes.indexOf("GCOL"));
    const repeated = changed(bytes, (copy) => {
      for (let i = 1; i <= 200; i++) copy.copy(copy, first + 16 * i, first, first + 16);
    });
    const names = ({ root }: Hdf5File) => root.dataset("names")!.readStrings();
    expect((await read(bytes, names))[0]).toBe(text);
    await expect(read(repeated, names)).rejects.toMatchObject(refused(/has more text than bytes/));
  });

  it("is not given for compressed values of many datasets, of which each is within the limit", async () => {
    const path = join(import.meta.dirname, "../../golden/hdf5/bombs.h5");
    const readAll = async (file: Hdf5File) => {
      for (const name of ["a", "b", "c"]) {
        expect((await file.root.dataset(name)!.readFloat32()).length).toBe(2 ** 21);
        // Counted once.
        expect((await file.root.dataset(name)!.readFloat32([0, 10])).length).toBe(10);
      }
    };
    await withHdf5(path, readAll, { limits: { memory: 2 ** 25 } });
    await expect(withHdf5(path, readAll, { limits: { memory: 29.5 * 2 ** 20 } })).rejects.toMatchObject(
      refused(/has more compressed values than the limit of \d+ bytes .*WGRAFT_READ_MIB/),
    );
  });

  it("is not given for values that several datasets share", async () => {
    const bytes = await hdf5Bytes((writer) => {
      writer.float32("/a", [10_000], new Float32Array(10_000));
      for (const name of ["b", "c", "d"]) writer.float32(`/${name}`, [1], new Float32Array(1));
    });
    const [a, ...more] = linkEntries(bytes);
    const shared = changed(bytes, (copy) => more.forEach((entry) => relink(copy, entry, a)));
    await read(shared, async ({ root }) => {
      expect((await root.dataset("a")!.readFloat32()).length).toBe(10_000);
      await expect(root.dataset("b")!.readFloat32()).rejects.toMatchObject(
        refused(/has more values than bytes/),
      );
    });
  });

  it("can be limited", async () => {
    const values = (file: Hdf5File) => file.root.dataset("values")!.readFloat32();
    const bytes = await hdf5Bytes((writer) =>
      writer.float32("/values", [2 ** 22], new Float32Array(2 ** 22)),
    );
    expect((await read(bytes, values, { limits: { memory: 2 ** 26 } })).length).toBe(2 ** 22);
    await expect(read(bytes, values, { limits: { memory: 2 ** 20 } })).rejects.toMatchObject(
      refused(/16777216 bytes are more than the limit of memory leaves/),
    );
  });
});

describe("what HDF5 does not come to an end with", () => {
  const ring = async () => changed(await hdf5Bytes((writer) => writer.group("/a")), ringFreeList);

  it("is stopped in time, and the next file is read", async () => {
    const started = performance.now();
    const root = (file: Hdf5File) => file.root.keys();
    await expect(read(await ring(), root, { limits: { seconds: 1, memory: 2 ** 31 } })).rejects.toMatchObject(
      refused(/damaged HDF5 file: HDF5 did not come to an end within 1 s/),
    );
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(await read(await twoTexts(), ({ root }) => root.string("first"))).toBe("some text");
  });

  it("leaves other files alone meanwhile", async () => {
    const [path, sound] = [await save(await ring()), await save(await twoTexts())];
    const controller = new AbortController();
    const options = { limits: { seconds: 60, memory: 2 ** 31 }, signal: controller.signal };
    const stuck = openHdf5(path, options).then((file) => file.close());
    const other = await openHdf5(sound);
    expect(other.root.string("second")).toBe("more of it");
    other.close();
    await expect(Promise.race([stuck, Promise.resolve("under way")])).resolves.toBe("under way");
    controller.abort();
    await expect(stuck).rejects.toMatchObject({ code: "aborted" });
  });

  it("ends within the limit of memory", async () => {
    const started = process.memoryUsage().rss;
    const root = (file: Hdf5File) => file.root.keys();
    await expect(
      read(await ring(), root, { limits: { seconds: 60, memory: 2 ** 26 } }),
    ).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(process.memoryUsage().rss - started).toBeLessThan(2 ** 28);
  });
});

describe("groups", () => {
  it("that contain each other are refused where they are asked for", async () => {
    const bytes = await hdf5Bytes((writer) => writer.group("/a/b/c"));
    const [a, , c] = linkEntries(bytes);
    const ring = changed(bytes, (copy) => relink(copy, c, a));
    await read(ring, ({ root }) => {
      expect(root.group("a/b")!.keys()).toEqual(new Set(["c"]));
      expect(() => root.group("a/b/c")).toThrow(/\/a\/b\/c is a second link to another group/);
    });
  });

  it("that are hung up twice are refused the second time", async () => {
    const bytes = await hdf5Bytes((writer) => {
      writer.group("/a/c");
      writer.group("/b");
    });
    const [a, b] = linkEntries(bytes);
    await read(
      changed(bytes, (copy) => relink(copy, b, a)),
      ({ root }) => {
        expect(root.group("a/c")).toBeDefined();
        expect(() => root.group("b/c")).toThrow(/\/b is a second link to another group/);
      },
    );
  });

  it("are followed 64 deep", async () => {
    const path = (depth: number) => Array<string>(depth).fill("g").join("/");
    const bytes = await hdf5Bytes((writer) => writer.group(`/${path(66)}`));
    await read(bytes, ({ root }) => {
      expect(root.group(path(64))).toBeDefined();
      expect(() => root.group(path(65))).toThrow(/more than 64 groups deep/);
      expect(() => root.group(path(64))!.group("g")).toThrow(/has groups more than 64 deep/);
    });
  });
});

describe("what cannot be told from a file that is slow", () => {
  it("is refused with what to do about it", async () => {
    const path = await save(await plainH5());
    await expect(openHdf5(path, { limits: { seconds: 1e-6 } })).rejects.toMatchObject(
      refused(
        /did not come to an end within 0 s; .* raise the limit \(limits\.seconds, or WGRAFT_READ_SECONDS\)/,
      ),
    );
  });

  it("can be interrupted", async () => {
    const path = await save(await plainH5());
    const controller = new AbortController();
    const opening = openHdf5(path, { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "aborted" });
    await expect(openHdf5(path, { signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("a path that is no file", () => {
  it("is not opened", async () => {
    const pipe = join(folder, "pipe.h5");
    execFileSync("mkfifo", [pipe]);
    await expect(openHdf5(pipe)).rejects.toMatchObject(refused(/pipe\.h5: is not a file/));
    await expect(openHdf5("/dev/zero")).rejects.toMatchObject(refused(/is not a file/));
  });
});

it("reads a file that is part of another", async () => {
  const bytes = await plainH5();
  const path = join(folder, "within");
  await writeFile(path, Buffer.concat([Buffer.alloc(77, 1), bytes, Buffer.alloc(99, 2)]));
  const options = { name: "inner", range: { start: 77, byteLength: bytes.length } };
  const file = await openHdf5(path, options);
  try {
    expect([...(await file.root.dataset("model_weights/dense/dense/bias:0")!.readFloat32())]).toEqual([
      7, 8, 9,
    ]);
    expect(() => file.root.numbers("model_config")).toThrow(/^inner: attribute model_config/);
  } finally {
    file.close();
  }
  const truncated = { name: "inner", range: { start: 77, byteLength: bytes.length - 1 } };
  await expect(openHdf5(path, truncated)).rejects.toThrow(/^inner: damaged or truncated HDF5 file/);
});
