import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHdf5, type Hdf5Writer } from "../../../src/io/hdf5/writer.js";
import { matchWeights } from "../../../src/io/keras/matchWeights.js";
import { weightsOf } from "../../support/savedFiles.js";
import { GOLDEN, goldenTensors, tinyVggTargets } from "./golden.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const inner = (from: string, to: string) =>
  tinyVggTargets().slice(
    tinyVggTargets().findIndex((t) => t.layer === from),
    tinyVggTargets().findIndex((t) => t.layer === to) + 1,
  );

describe("every format of Keras gives the weights that Keras printed", () => {
  it.each([
    ["tiny_vgg_uncompiled.h5", "w/", "legacy-h5", "3.15.1"],
    ["tiny_vgg_compiled.h5", "after3/", "legacy-h5", "3.15.1"],
    ["tiny_vgg_keras2_style.h5", "w/", "legacy-h5", "3.15.1"],
    ["tiny_vgg.weights.h5", "w/", "keras-v3", "3"],
    ["tiny_vgg.keras", "w/", "keras-v3", "3.15.1"],
    ["tiny_vgg_compiled.keras", "after3/", "keras-v3", "3.15.1"],
  ] as const)("%s", async (name, prefix, format, kerasVersion) => {
    const file = await weightsOf(GOLDEN + name);
    expect(file).toMatchObject({ format, kerasVersion });
    const golden = goldenTensors(prefix);
    const matched = matchWeights(file, tinyVggTargets());
    expect([...matched.keys()].sort()).toEqual([...golden.keys()].sort());
    for (const [key, weight] of matched) expect(weight.values, key).toEqual(golden.get(key)!.data);
  });

  it("tiny_vgg_historical_notop.h5, whose names end in _W_1:0 and _b_1:0", async () => {
    const file = await weightsOf(`${GOLDEN}tiny_vgg_historical_notop.h5`);
    expect(file).toMatchObject({ format: "legacy-h5", kerasVersion: "1" });
    const golden = goldenTensors("w/");
    const matched = matchWeights(file, inner("input_1", "block2_pool"));
    expect(matched.size).toBe(8);
    for (const [key, weight] of matched) expect(weight.values, key).toEqual(golden.get(key)!.data);
  });

  it("bnsep.h5, with batch normalisation and separable convolutions", async () => {
    const file = await weightsOf(`${GOLDEN}bnsep.h5`);
    const names = file.layers.map((l) =>
      [l.name, ...l.weights.map((w) => w.path.split("/").at(-1))].join(" "),
    );
    expect(names).toEqual([
      "in",
      "c kernel",
      "bn gamma beta moving_mean moving_variance",
      "r6",
      "sep depthwise_kernel pointwise_kernel",
      "bn2 gamma beta moving_mean moving_variance",
      "a",
      "dw kernel bias",
      "mp",
      "pw kernel bias",
      "gap",
      "d kernel bias",
    ]);
  });
});

describe("nested models", () => {
  const weight = (writer: Hdf5Writer, path: string, value: number) => {
    writer.group(path.slice(0, path.lastIndexOf("/")));
    writer.float32(path, [1], Float32Array.of(value));
  };
  const summary = async (path: string) => {
    const file = await weightsOf(path);
    const layers = file.layers.map((l) => [l.name, ...l.weights.map((w) => w.values[0])]);
    return layers;
  };

  it("are flattened in the legacy layout, variables of one layer brought together", async () => {
    const path = join(folder, "nested.h5");
    const names = ["conv/kernel:0", "bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "conv/bias:0"];
    await createHdf5(path, (writer) => {
      writer.textList("/", "layer_names", ["base", "flatten", "dense"]);
      writer.group("/base");
      writer.textList("/base", "weight_names", names);
      names.forEach((name, i) => weight(writer, `/base/${name}`, i));
      writer.group("/flatten");
      writer.textList("/flatten", "weight_names", []);
      writer.group("/dense");
      writer.textList("/dense", "weight_names", ["dense/kernel:0"]);
      weight(writer, "/dense/dense/kernel:0", 9);
    });
    expect(await summary(path)).toEqual([["conv", 0, 4], ["bn", 1, 2, 3], ["flatten"], ["dense", 9]]);
  });

  it("with a single layer are told by the configuration", async () => {
    const path = join(folder, "nested-one.h5");
    const layer = (class_name: string, config: object) => ({ class_name, config });
    const base = layer("Sequential", { name: "base", layers: [layer("Conv2D", { name: "conv" })] });
    const config = layer("Sequential", { name: "model", layers: [base, layer("Dense", { name: "dense" })] });
    await createHdf5(path, (writer) => {
      writer.text("/", "model_config", JSON.stringify(config));
      writer.group("/model_weights");
      writer.textList("/model_weights", "layer_names", ["base", "dense"]);
      for (const [name, inside] of [
        ["base", "conv"],
        ["dense", "model/dense_7"],
      ] as const) {
        writer.group(`/model_weights/${name}`);
        writer.textList(`/model_weights/${name}`, "weight_names", [`${inside}/kernel`]);
        weight(writer, `/model_weights/${name}/${inside}/kernel`, 1);
      }
    });
    expect(await summary(path)).toEqual([
      ["conv", 1],
      ["dense", 1],
    ]);
  });

  it("are flattened in the v3 layout, and numbered layers sorted as numbers", async () => {
    const path = join(folder, "nested.weights.h5");
    await createHdf5(path, (writer) => {
      weight(writer, "/layers/dense/vars/0", 5);
      writer.text("/layers/dense/vars", "name", "head");
      for (const n of [10, 2, 1]) {
        weight(writer, `/layers/functional/layers/conv2d_${n}/vars/0`, n);
        writer.text(`/layers/functional/layers/conv2d_${n}/vars`, "name", `conv_${n}`);
      }
    });
    expect(await summary(path)).toEqual([
      ["head", 5],
      ["conv_1", 1],
      ["conv_2", 2],
      ["conv_10", 10],
    ]);
  });
});

describe("v3 files without the names of layers", () => {
  async function withoutNames(): Promise<Uint8Array> {
    const path = join(folder, "unnamed.weights.h5");
    const named = await weightsOf(`${GOLDEN}tiny_vgg.weights.h5`);
    await createHdf5(path, (writer) => {
      for (const { weights } of named.layers) {
        for (const weight of weights) {
          const { path: at, shape } = weight;
          writer.group(at.slice(0, at.lastIndexOf("/")));
          writer.float32(at, shape, weight.values);
        }
      }
    });
    return readFile(path);
  }

  it("are matched by class and number", async () => {
    await withoutNames();
    const file = await weightsOf(join(folder, "unnamed.weights.h5"));
    expect(file.layers[1]).toMatchObject({ name: "conv2d_1", numbered: true });
    const golden = goldenTensors("w/");
    for (const [key, weight] of matchWeights(file, tinyVggTargets()))
      expect(weight.values).toEqual(golden.get(key)!.data);
  });

  it("take the names from the configuration in a .keras file", async () => {
    const entries = unzipSync(await readFile(`${GOLDEN}tiny_vgg.keras`));
    const path = join(folder, "unnamed.keras");
    await writeFile(path, zipSync({ ...entries, "model.weights.h5": await withoutNames() }));
    const file = await weightsOf(path);
    expect(file.layers.map((l) => l.name)).toEqual([
      "block1_conv1",
      "block1_conv2",
      "block2_conv1",
      "block2_conv2",
      "fc1",
      "predictions",
    ]);
  });
});

describe("the layout of Keras 2.12 and 2.13, where a layer with weights counts twice", () => {
  /** Of `layers/conv2d_1/vars/0` the same below `_layer_checkpoint_dependencies`, with twice the number. */
  const older = (path: string) =>
    path
      .replaceAll("layers/", "_layer_checkpoint_dependencies/")
      .replace(/_(\d+)\/vars/, (_, n: string) => `_${2 * Number(n)}/vars`);

  async function write(): Promise<string> {
    const path = join(folder, "older.weights.h5");
    const named = await weightsOf(`${GOLDEN}tiny_vgg.weights.h5`);
    await createHdf5(path, (writer) => {
      for (const { weights } of named.layers) {
        for (const weight of weights) {
          const at = older(weight.path);
          writer.group(at.slice(0, at.lastIndexOf("/")));
          writer.float32(at, weight.shape, weight.values);
        }
      }
    });
    return path;
  }

  it.each(["weights.h5", "keras"])("in a .%s", async (format) => {
    let path = await write();
    if (format === "keras") {
      const entries = unzipSync(await readFile(`${GOLDEN}tiny_vgg.keras`));
      const weights = new Uint8Array(await readFile(path));
      path = join(folder, "older.keras");
      await writeFile(path, zipSync({ ...entries, "model.weights.h5": weights }));
    }
    const file = await weightsOf(path);
    const wanted = format === "keras" ? ["block1_conv1", "block1_conv2"] : ["conv2d", "conv2d_1"];
    expect(file.layers.slice(0, 2).map((layer) => layer.name)).toEqual(wanted);
    const golden = goldenTensors("w/");
    const matched = matchWeights(file, tinyVggTargets());
    expect(matched.size).toBe(golden.size);
    for (const [key, weight] of matched) expect(weight.values, key).toEqual(golden.get(key)!.data);
  });
});

describe("damaged .keras files", () => {
  const repack = async (change: (entries: Record<string, Uint8Array>) => Record<string, Uint8Array>) => {
    const path = join(folder, "changed.keras");
    await writeFile(path, zipSync(change(unzipSync(await readFile(`${GOLDEN}tiny_vgg.keras`)))));
    return path;
  };
  const text = (value: string) => new TextEncoder().encode(value);

  it.each([
    ["no weights", { "model.weights.h5": undefined }, /contains no model.weights.h5/],
    ["no configuration", { "config.json": undefined }, /it contains no config.json/],
    ["no version", { "metadata.json": text("{}") }, /has no keras_version/],
    ["broken JSON", { "config.json": text("{") }, /not valid JSON/],
    [
      "a subclassed model",
      { "config.json": text('{"class_name":"Mine","config":{}}') },
      /not a Sequential or Functional/,
    ],
    ["weights that are not HDF5", { "model.weights.h5": text("<html>") }, /HTML/],
  ])("%s", async (_, changes, message) => {
    const path = await repack((entries) => {
      const changed: Record<string, Uint8Array | undefined> = { ...entries, ...changes };
      return Object.fromEntries(Object.entries(changed).filter(([, v]) => v !== undefined)) as Record<
        string,
        Uint8Array
      >;
    });
    const unpacked = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("wgraft-keras-")).length;
    const before = await unpacked();
    await expect(weightsOf(path)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message) as string,
    });
    expect(await unpacked()).toBe(before);
  });

  it("a truncated archive, and one that promises more than it can hold", async () => {
    const bytes = await readFile(`${GOLDEN}tiny_vgg.keras`);
    const path = join(folder, "bad.keras");
    await writeFile(path, bytes.subarray(0, 30_000));
    await expect(weightsOf(path)).rejects.toThrow(/damaged zip archive/);
    // The central directory's record of config.json: 24 bytes in, its size when inflated.
    const directory = bytes.lastIndexOf("config.json", undefined, "latin1") - 46;
    const bomb = Buffer.from(bytes);
    bomb.writeUInt32LE(2 ** 31, directory + 24);
    await writeFile(path, bomb);
    await expect(weightsOf(path)).rejects.toThrow(/its config.json declares 2147483648 bytes/);
  });
});

it("says when a file holds no weights at all", async () => {
  const path = join(folder, "other.h5");
  await createHdf5(path, (writer) => writer.float32("/x", [1], Float32Array.of(1)));
  await expect(weightsOf(path)).rejects.toThrow(/contains no Keras weights/);
  await expect(weightsOf(join(folder, "nowhere.h5"))).rejects.toThrow(/no such file/);
});

it("names the layer of a listed weight that is missing", async () => {
  const path = join(folder, "missing.h5");
  await createHdf5(path, (writer) => {
    writer.textList("/", "layer_names", ["dense"]);
    writer.group("/dense");
    writer.textList("/dense", "weight_names", ["dense/kernel:0"]);
  });
  await expect(weightsOf(path)).rejects.toThrow(/layer dense: its weight dense\/kernel:0 is missing/);
});
