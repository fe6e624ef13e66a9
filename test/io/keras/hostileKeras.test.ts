/** .keras files that are damaged or built on purpose: refused by their own name, and nothing of them is left behind. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadModel } from "../../../src/models/saving/load.js";
import { changed, heapObjects, linkEntries, relink } from "../../support/damage.js";
import {
  bias,
  hdf5Bytes,
  kernel,
  metadata,
  plainConfig,
  plainEntries,
  plainH5,
  plainKeras,
  plainWeightsH5,
} from "../../support/plainModel.js";
import { zip, zip64, type ZipEntry, type ZipFields } from "../../support/zip.js";

let folder: string;
let unpacked: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  unpacked = join(folder, "tmp");
  await mkdir(unpacked);
  vi.stubEnv("TMPDIR", unpacked);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

let count = 0;
async function save(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${count++}.keras`);
  await writeFile(path, bytes);
  return path;
}

async function weightsOfModel(bytes: Uint8Array): Promise<number[][]> {
  const model = await loadModel(await save(bytes));
  return (await model.getWeights()).map((weight) => [...weight.dataSync()]);
}

async function expectRefused(bytes: Uint8Array, message: RegExp): Promise<void> {
  const path = await save(bytes);
  const error: unknown = await loadModel(path).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "bad-input", message: expect.stringMatching(message) as string });
  expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
  expect((error as Error).message).not.toContain(unpacked);
  expect((error as Error).message).not.toContain("\n");
  expect(await readdir(unpacked)).toEqual([]);
}

/** The plain archive with other fields in some entries. */
async function archive(changes: Record<string, Partial<ZipEntry>>): Promise<Buffer> {
  return zip((await plainEntries()).map((entry) => ({ ...entry, ...changes[entry.name] })));
}

describe("sound archives", () => {
  it("are read in place where the weights are stored, and leave no folder where they are not", async () => {
    const expected = [[...kernel], [...bias]];
    expect(await weightsOfModel(await plainKeras())).toEqual(expected);
    expect(await weightsOfModel(await archive({ "model.weights.h5": { deflate: true } }))).toEqual(expected);
    expect(await readdir(unpacked)).toEqual([]);
  });

  it("may have more entries than are used", async () => {
    const entries = [{ name: "assets/words.txt", content: "a b" }, ...(await plainEntries())];
    expect((await weightsOfModel(zip(entries))).length).toBe(2);
  });
});

describe("zip", () => {
  const weights = "model.weights.h5";
  const directory = (fields: ZipEntry["directory"]) => archive({ [weights]: { directory: fields } });

  it("checksums", async () => {
    await expectRefused(await directory({ crc: 0x12345678 }), /the checksum of model\.weights\.h5 is wrong/);
    await expectRefused(
      await archive({ [weights]: { deflate: true, directory: { crc: 1 } } }),
      /the checksum of model\.weights\.h5 is wrong/,
    );
    await expectRefused(
      await archive({ "config.json": { directory: { crc: 1 } } }),
      /the checksum of config\.json is wrong/,
    );
    const flipped = changed(await plainKeras(), (copy) => {
      const at = copy.indexOf(Buffer.from(kernel.buffer));
      copy[at + 3] ^= 1;
    });
    await expectRefused(flipped, /the checksum of model\.weights\.h5 is wrong/);
  });

  it("names that are there twice", async () => {
    const entries = await plainEntries();
    const other = JSON.stringify(plainConfig({ units: 4 }));
    await expectRefused(
      zip([...entries, { name: "config.json", content: other }]),
      /has two entries named config\.json/,
    );
    await expectRefused(
      zip([{ name: weights, content: await plainH5() }, ...entries]),
      /has two entries named model\.weights\.h5/,
    );
    await expectRefused(
      await archive({ [weights]: { local: { name: "model.weights.h6" } } }),
      /model\.weights\.h5 has two names/,
    );
  });

  it("names that lead out of a folder", async () => {
    const entries = await plainEntries();
    for (const name of ["../../../tmp/escaped.txt", "/etc/escaped.txt", "C:/escaped.txt"])
      await expectRefused(zip([...entries, { name, content: "x" }]), /damaged zip archive/);
  });

  it("sizes and places past the end", async () => {
    await expectRefused(
      await directory({ packed: 2 ** 31 - 16, size: 2 ** 31 - 16 }),
      /damaged zip archive: .* file bounds/,
    );
    await expectRefused(await directory({ offset: 2 ** 31 - 16 }), /damaged zip archive/);
    await expectRefused(await directory({ packed: 100 }), /model\.weights\.h5 has two sizes/);
    const entries = await plainEntries();
    await expectRefused(zip(entries, { count: 65_535 }), /damaged zip archive/);
    await expectRefused(zip(entries, { directoryOffset: 2 ** 31 }), /damaged zip archive/);
    await expectRefused((await plainKeras()).subarray(0, -30), /damaged zip archive/);
  });

  it("places past what Node reads at, which it throws for where nobody catches", async () => {
    const plain = await plainKeras();
    expect((await weightsOfModel(zip64(plain))).length).toBe(2);
    const far = 2n ** 63n;
    await expectRefused(zip64(plain, { record: far }), /damaged zip archive: a place past the end/);
    await expectRefused(zip64(plain, { directory: far }), /damaged zip archive: a place past the end/);
    const extra = Buffer.alloc(12);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(far, 4);
    await expectRefused(
      await directory({ offset: 2 ** 32 - 1, extra }),
      /damaged zip archive: a place past the end/,
    );
  });

  it("methods and encryption", async () => {
    await expectRefused(await directory({ method: 99 }), /is compressed by method 99; only deflate is read/);
    await expectRefused(await directory({ flags: 1 }), /its model\.weights\.h5 is encrypted/);
  });

  it("bombs", async () => {
    const zeros = Buffer.alloc(2 ** 25 + 2 ** 20);
    await expectRefused(
      await archive({ "config.json": { content: zeros, deflate: true } }),
      /its config\.json declares 34603008 bytes/,
    );
    await expectRefused(
      await archive({ "config.json": { content: zeros, deflate: true, directory: { size: 1000 } } }),
      /config\.json has another size than it declares/,
    );
    const around = (content: Buffer, fields: Partial<ZipFields> = {}) =>
      archive({ [weights]: { content, deflate: true, directory: fields } });
    const inside = await plainWeightsH5();
    const declares = /declares \d+ bytes, of which HDF5 uses \d+/;
    await expectRefused(await around(Buffer.concat([inside, zeros])), declares);
    const endsLater = changed(inside, (copy) => copy.writeBigUInt64LE(2n ** 40n, 40));
    await expectRefused(await around(endsLater), declares);
    await expectRefused(await around(inside, { size: 2 ** 29 }), /its model\.weights\.h5 declares/);
    const isLarge = { size: 2 ** 29, packed: 2 ** 20 };
    await expectRefused(
      await around(inside, isLarge),
      /more than the limit of 289406976; store it uncompressed/,
    );
  });

  it("entries that are missing", async () => {
    const entries = await plainEntries();
    const without = (name: string) => zip(entries.filter((entry) => entry.name !== name));
    await expectRefused(without("config.json"), /is not a \.keras file: it contains no config\.json/);
    await expectRefused(without("metadata.json"), /is not a \.keras file: it contains no metadata\.json/);
    await expectRefused(without(weights), /contains no model\.weights\.h5/);
  });
});

describe("weights inside", () => {
  const around = (content: Uint8Array, deflate = false) =>
    archive({ "model.weights.h5": { content, deflate } });

  it.each([false, true])("that are damaged (deflated: %s)", async (deflate) => {
    const bytes = await plainWeightsH5();
    const damaged = changed(bytes, (copy) => copy.fill(0, heapObjects(bytes)[0], heapObjects(bytes)[0] + 16));
    await expectRefused(await around(damaged, deflate), /its global heap at byte \d+ is damaged/);
    await expectRefused(await around(bytes.subarray(0, 3000), deflate), /damaged or truncated HDF5 file/);
    await expectRefused(await around(Buffer.from("<html>"), deflate), /is not an HDF5 file/);
  });

  it("without layers", async () => {
    const bytes = await hdf5Bytes((writer) => writer.group("/other"));
    await expectRefused(await around(bytes), /its weights have no group layers/);
  });

  it("whose layers contain themselves", async () => {
    const bytes = await hdf5Bytes((writer) => writer.group("/layers/a/layers"));
    const [layers, , inner] = linkEntries(bytes);
    await expectRefused(
      await around(changed(bytes, (copy) => relink(copy, inner, layers))),
      /\/layers\/a\/layers is a second link to another group/,
    );
  });

  it("with names that are listed twice", async () => {
    const repeated = (layerNames: string[], weightNames: string[]) =>
      hdf5Bytes((writer) => {
        writer.text("/", "model_config", JSON.stringify(plainConfig()));
        writer.group("/model_weights/dense/dense");
        writer.textList("/model_weights", "layer_names", layerNames);
        writer.textList("/model_weights/dense", "weight_names", weightNames);
        writer.float32("/model_weights/dense/dense/kernel:0", [2, 3], kernel);
      });
    await expectRefused(await repeated(["dense", "dense"], []), /its layer_names have dense twice/);
    await expectRefused(
      await repeated(["dense"], ["dense/kernel:0", "dense/kernel:0"]),
      /weight_names of layer dense have dense\/kernel:0 twice/,
    );
  });
});

describe("configurations", () => {
  const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const withText = (content: string) => archive({ "config.json": { content } });
  const with_ = (placeholder: string, text: string, config: object) =>
    withText(JSON.stringify(config).replace(`"${placeholder}"`, text));

  it("that are nested deep", async () => {
    const nested = /its model configuration is nested \d+ deep, more than the limit of 256/;
    await expectRefused(await withText(deep(100_000)), nested);
    await expectRefused(await with_("X", deep(100_000), plainConfig({ units: "X" })), nested);
    const compiled = { ...plainConfig(), compile_config: { loss: "mse", optimizer: "X" } };
    await expectRefused(await with_("X", deep(100_000), compiled), nested);
    await expectRefused(await withText(`${'{"a":'.repeat(300)}1${"}".repeat(300)}`), nested);
    await expectRefused(await with_("X", deep(200), plainConfig({ units: "X" })), /units/);
  });

  it("that have brackets and quotes in their texts", async () => {
    const name = `${"[".repeat(1000)}\\"{`;
    const config = JSON.stringify(plainConfig()).replace('"m"', JSON.stringify(name));
    const model = await loadModel(await save(await withText(config)));
    expect(model.name).toBe(name);
  });

  it("of more values than a model has", async () => {
    await expectRefused(
      await withText(`[${"0,".repeat(600_000)}0]`),
      /has 600002 values, more than the limit/,
    );
  });

  it("that are no JSON", async () => {
    await expectRefused(await withText("{"), /its model configuration is not valid JSON/);
    await expectRefused(await archive({ "metadata.json": { content: "[]" } }), /has no keras_version/);
  });

  it("whose names and arguments no model takes", async () => {
    const { class_name, config } = plainConfig();
    const unnamed = JSON.stringify({ class_name, config: { ...config, name: "" } });
    await expectRefused(await withText(unnamed), /name: expected a string that is not empty/);
    await expectRefused(await withText(JSON.stringify(plainConfig({ units: 0 }))), /units/);
  });

  it("of sizes that nothing has", async () => {
    await expectRefused(await withText(JSON.stringify(plainConfig({ units: 1e15 }))), /shape/);
    await expectRefused(await withText(JSON.stringify(plainConfig({ units: 2 ** 20 }))), /shape/);
  });

  it("whose names would write to the terminal", async () => {
    const config = JSON.stringify(plainConfig({ name: "a\u001b[31m\nb\u202e" }));
    await expectRefused(await withText(config), /^[^\u001b\u202e]*\\u001b\[31m b\\u202e/);
  });
});

it("a pipe or a device is not opened", async () => {
  const pipe = join(folder, "pipe.keras");
  execFileSync("mkfifo", [pipe]);
  await expect(loadModel(pipe)).rejects.toMatchObject({
    code: "bad-input",
    message: `${pipe}: is not a file`,
  });
  await expect(loadModel("/dev/zero")).rejects.toMatchObject({ code: "bad-input" });
  expect(metadata).toContain("keras_version");
});
