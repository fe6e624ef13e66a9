import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hdf5Group } from "../../../src/io/hdf5/group.js";
import { withHdf5 } from "../../../src/io/hdf5/reader.js";
import { matchWeights } from "../../../src/io/keras/matchWeights.js";
import { kerasTrainingConfig } from "../../../src/io/keras/trainingConfig.js";
import { writeLegacyModel, writeWeightsFile, type LayerToWrite } from "../../../src/io/keras/writeModel.js";
import { modelConfigOf, weightsOf } from "../../support/savedFiles.js";
import { GOLDEN, goldenTensors, tinyVggTargets } from "./golden.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The layers of tiny_vgg with the weights that Keras printed, named by `name`. */
function tinyVgg(name: (layer: string, weight: string) => string): LayerToWrite[] {
  const golden = goldenTensors("w/");
  return tinyVggTargets().map(({ layer, weights }) => ({
    name: layer,
    weights: weights.map((weight) => ({
      name: name(layer, weight.name),
      shape: weight.shape,
      data: golden.get(`${layer}/${weight.name}`)!.data,
    })),
  }));
}

/** Every group with its lists of names, and every dataset with its shape. */
function structure(group: Hdf5Group): unknown {
  return Object.fromEntries([
    ...["layer_names", "weight_names"]
      .filter((a) => group.hasAttribute(a))
      .map((a) => [`@${a}`, group.strings(a)]),
    ...[...group.keys()].map((key) => {
      const inner = group.group(key);
      return [key, inner ? structure(inner) : group.dataset(key)!.shape];
    }),
  ]);
}

const modelConfig = async () => {
  const json = await withHdf5(`${GOLDEN}tiny_vgg_keras2_style.h5`, ({ root }) =>
    root.string("model_config")!,
  );
  return JSON.parse(json) as object;
};
const trainingConfig = kerasTrainingConfig({
  optimizer: { className: "RMSprop", config: { name: "RMSprop", learning_rate: 2e-5, rho: 0.9 } },
  loss: "binary_crossentropy",
  metrics: ["acc"],
});

describe("writeLegacyModel", () => {
  it("makes the structure that Keras made of the same model", async () => {
    const path = join(folder, "model.h5");
    const layers = tinyVgg((layer, weight) => `${layer}/${weight}`);
    await writeLegacyModel(path, {
      modelConfig: await modelConfig(),
      trainingConfig,
      layers,
      kerasVersion: "2.15.0",
    });
    const [ours, keras] = await Promise.all(
      [path, `${GOLDEN}tiny_vgg_uncompiled.h5`].map((file) => withHdf5(file, ({ root }) => structure(root))),
    );
    expect(ours).toEqual(keras);
    await withHdf5(path, ({ root }) => {
      for (const group of [root, root.group("model_weights")!]) {
        expect(group.string("keras_version")).toBe("2.15.0");
        expect(group.string("backend")).toBe("tensorflow");
      }
      expect(JSON.parse(root.string("training_config")!)).toEqual({
        loss: "binary_crossentropy",
        metrics: ["acc"],
        weighted_metrics: null,
        sample_weight_mode: null,
        loss_weights: null,
        optimizer_config: {
          class_name: "RMSprop",
          config: { name: "RMSprop", learning_rate: 2e-5, rho: 0.9 },
        },
      });
    });
  });

  it("is read back: weights and configuration", async () => {
    const path = join(folder, "again.h5");
    const layers = tinyVgg((layer, weight) => `${layer}/${weight}:0`);
    await writeLegacyModel(path, { modelConfig: await modelConfig(), layers, kerasVersion: "2.15.0" });
    const file = await weightsOf(path);
    const golden = goldenTensors("w/");
    const matched = matchWeights(file, tinyVggTargets());
    expect(matched.size).toBe(12);
    for (const [key, weight] of matched) expect(weight.values).toEqual(golden.get(key)!.data);
    const ours = await modelConfigOf(path);
    const keras = await modelConfigOf(`${GOLDEN}tiny_vgg_keras2_style.h5`);
    expect(ours).toEqual({ modelConfig: keras.modelConfig, kerasVersion: "2.15.0" });
  });

  it("keeps the JSON in ASCII", async () => {
    const path = join(folder, "ascii.h5");
    const config = { class_name: "Sequential", config: { name: "été 🐈", layers: [] } };
    await writeLegacyModel(path, { modelConfig: config, layers: [], kerasVersion: "2.15.0" });
    expect((await readFile(path)).includes("\\u00e9t\\u00e9 \\ud83d\\udc08")).toBe(true);
    expect((await modelConfigOf(path)).modelConfig.name).toBe("été 🐈");
  });

  it("leaves what was there when a weight does not fit its shape", async () => {
    const path = join(folder, "kept.h5");
    await writeWeightsFile(path, []);
    const before = await readFile(path);
    const bad = [{ name: "d", weights: [{ name: "d/kernel:0", shape: [2], data: new Float32Array(3) }] }];
    await expect(writeWeightsFile(path, bad)).rejects.toThrow(/3 values for shape 2/);
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.includes("tmp"))).toEqual([]);
  });
});

describe("writeWeightsFile", () => {
  it("makes the structure of the files of keras.applications", async () => {
    const path = join(folder, "historical.h5");
    const layers = tinyVgg((layer, weight) => `${layer}_${weight === "kernel" ? "W" : "b"}_1:0`).slice(0, 7);
    await writeWeightsFile(path, layers);
    const [ours, original] = await Promise.all(
      [path, `${GOLDEN}tiny_vgg_historical_notop.h5`].map((file) =>
        withHdf5(file, ({ root }) => structure(root)),
      ),
    );
    expect(ours).toEqual(original);
    // h5py made 17096 bytes of it: HDF5 allots its blocks a little differently from version to version.
    expect((await stat(path)).size).toBe(17_048);
  });

  it("cuts lists of names that do not fit one attribute, and asks for values in the order of the layers", async () => {
    const path = join(folder, "many.h5");
    let made = 0;
    const layers = Array.from({ length: 700 }, (_, i) => ({
      name: `${"a_rather_long_name_".repeat(5)}${i}`,
      weights: [{ name: "kernel:0", shape: [1], data: () => Float32Array.of(made++) }],
    }));
    await writeWeightsFile(path, layers);
    await withHdf5(path, ({ root }) => {
      expect(root.hasAttribute("layer_names")).toBe(false);
      expect(root.hasAttribute("layer_names1")).toBe(true);
    });
    const file = await weightsOf(path);
    expect(file.layers.map((l) => [l.name, l.weights[0].values[0]])).toEqual(
      layers.map((l, i) => [l.name, i]),
    );
  });
});
