/** The record of where features and models come from: files of an earlier version (test/golden/provenance/make.mjs) still load. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { withHdf5 } from "../../src/io/hdf5/reader.js";
import { createHdf5 } from "../../src/io/hdf5/writer.js";
import { tensor } from "../../src/tensor.js";
import { FeaturesWriter, readFeatures } from "../../src/transfer/data/features.js";
import {
  checkSameBase,
  hashOfRandomWeights,
  imageOptionsOf,
  seedOfWeights,
  writeAttributes,
  type FeaturesMeta,
} from "../../src/transfer/provenance.js";
import { readCheckpoint } from "../../src/transfer/run/checkpoint.js";
import { readRunConfig } from "../../src/transfer/run/config.js";
import { trainHead } from "../../src/transfer/training/trainHead.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolder } from "../support/images.js";
import { createTestDevice } from "../support/run.js";

const golden = (name: string) => goldenPath(`provenance/${name}`);
const recorded: FeaturesMeta = {
  classNames: ["chats été", "dogs"],
  application: "mobilenet",
  layer: "conv_pw_13_relu",
  inputShape: [64, 96, 3],
  preprocess: "tf",
  interpolation: "bilinear",
  weights: "/poids d'été/mobilenet.h5",
  weightsSha256: "ab".repeat(32),
  alpha: 0.5,
  pooling: "avg",
  precision: "float16",
};

let features: Buffer;
beforeAll(async () => {
  features = gunzipSync(await readFile(golden("features.h5.gz")));
});

function without(object: object, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

async function featuresFile(): Promise<string> {
  const path = join(await temporaryFolder(), "features.h5");
  await writeFile(path, features);
  return path;
}

describe("files of an earlier version", () => {
  it("features.h5 has the record in its attributes, and is written so again", async () => {
    const path = await featuresFile();
    const { meta, splits, complete } = await readFeatures(path);
    expect(meta).toEqual(recorded);
    expect(complete).toBe(true);
    expect(splits.train.features.shape).toEqual([4, 3]);
    const again = join(await temporaryFolder(), "again.h5");
    const writer = await FeaturesWriter.create(again, meta);
    writer.append("train", tensor([1, 2], [1, 2]), [0], ["a.jpg"]);
    await writer.finish();
    const names = ["application", "layer", "preprocess", "interpolation", "pooling", "precision"];
    const attributes = (file: string) =>
      withHdf5(file, ({ root }) => ({
        text: [...names, "weights_sha256", "class_names", "weights"].map((name) => root.strings(name)),
        numbers: ["input_shape", "alpha", "complete"].map((name) => root.numbers(name)),
      }));
    expect(await attributes(again)).toEqual(await attributes(path));
  });

  it("config.json and the checkpoint have it as their base", async () => {
    const config = await readRunConfig(golden("run/model.h5"));
    expect(config).toEqual(JSON.parse(await readFile(golden("run/config.json"), "utf8")));
    expect(config?.base).toEqual(recorded);
    const { state } = await readCheckpoint(golden("run/checkpoint/state.h5"));
    expect(state).toMatchObject({ epochs: 2, base: recorded, settings: config?.settings });
  });

  it("a run is resumed", async () => {
    const run = join(await temporaryFolder(), "run");
    await cp(golden("run"), run, { recursive: true });
    const device = await createTestDevice();
    try {
      const result = await trainHead({
        features: await featuresFile(),
        out: run,
        resume: true,
        epochs: 3,
        device,
      });
      expect(result).toMatchObject({ finishedEpochs: 3, earlyStop: 9, interrupted: false });
      expect((await readRunConfig(result.model))?.base).toEqual(recorded);
    } finally {
      device.destroy();
    }
  });

  it("what later versions added may be missing", async () => {
    const folder = await temporaryFolder();
    const config = JSON.parse(await readFile(golden("run/config.json"), "utf8")) as Record<string, unknown>;
    const { settings, base, ...rest } = without(config, "earlyStop", "checkpointBest");
    const fewer = without(settings as object, "precision", "classWeight");
    const { application, layer, inputShape, preprocess, interpolation, weightsSha256, classNames } =
      base as FeaturesMeta;
    const first = { application, layer, inputShape, preprocess, interpolation, weightsSha256, classNames };
    const old = { ...rest, settings: fewer, base: first };
    await writeFile(join(folder, "config.json"), JSON.stringify(old));
    expect(await readRunConfig(join(folder, "model.h5"))).toEqual({
      ...old,
      earlyStop: null,
      checkpointBest: false,
      settings: { ...fewer, precision: "float32", classWeight: null },
    });
  });
});

describe("the record", () => {
  const { classNames, ...others } = recorded;

  it.each([
    ["inputShape", [64, 96], /its input_shape is \(64, 96\), where \(height, width, channels\) is needed/],
    ["classNames", [], /its class_names are empty/],
    ["alpha", -1, /its alpha cannot be read/],
    ["layer", undefined, /is not a file of features: it has no attribute layer/],
  ])("is refused with a wrong %s", async (field, value, message) => {
    const path = join(await temporaryFolder(), "features.h5");
    await createHdf5(path, (writer) => writeAttributes(writer, { ...others, classNames, [field]: value }));
    await expect(readFeatures(path)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message) as string,
    });
  });

  it("says how images become an input, in words that are known", () => {
    expect(imageOptionsOf(recorded)).toEqual({
      exif: false,
      height: 64,
      width: 96,
      colorMode: "rgb",
      cropToAspectRatio: false,
      preprocess: "tf",
      interpolation: "bilinear",
    });
    expect(() => imageOptionsOf({ ...recorded, interpolation: "cubic" })).toThrow(
      /the recorded interpolation "cubic" is not known; known: nearest, bilinear/,
    );
  });

  it("has the seed of random weights in place of a hash", () => {
    const seed = 2 ** 32 - 1;
    expect(seedOfWeights({ ...recorded, weightsSha256: hashOfRandomWeights(seed) })).toBe(seed);
    expect(seedOfWeights(recorded)).toBeUndefined();
  });

  it("differs where the base does, but not where its weights lie", () => {
    expect(() => checkSameBase(recorded, { ...recorded, weights: "elsewhere.h5" }, "f.h5")).not.toThrow();
    const other = { ...recorded, layer: "conv_pw_12_relu", alpha: undefined, inputShape: [64, 64, 3] };
    expect(() => checkSameBase(recorded, other, "f.h5")).toThrow(
      "f.h5: these features are of another base than the model was trained on: " +
        "layer conv_pw_12_relu, not conv_pw_13_relu; alpha 1, not 0.5; input_shape 64×64×3, not 64×96×3",
    );
  });
});
