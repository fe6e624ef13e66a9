/** Which files of weights go with an application, and how it is described otherwise; Keras's own answers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  applications,
  layersOfBlock,
  resolveWeights,
  type ApplicationName,
} from "../../src/models/applications/index.js";
import { namesOf } from "../../src/names.js";
import golden from "../golden/applications.json" with { type: "json" };

const storage = "https://storage.googleapis.com/tensorflow/keras-applications/";

describe.each(namesOf(applications))("%s", (name) => {
  const app = applications[name];
  const keras = golden.applications.find(({ application }) => application === name)!;

  it("has the weights that Keras downloads", () => {
    expect(app.weights({})).toEqual(keras.files.top);
    expect(app.weights({ includeTop: false })).toEqual(keras.files.no_top);
  });

  it("has Keras's default size and preprocessing", () => {
    const { defaultSize, preprocess } = keras;
    // Keras has no default size for MobileNetV3; its weights were trained on 224.
    const size = defaultSize ?? 224;
    expect(app.preprocess).toBe(preprocess);
    expect(app.build({ includeTop: false }).inputShape).toEqual([size, size, 3]);
  });
});

describe("the weights of MobileNet", () => {
  it.each([
    [{}, "mobilenet_1_0_224_tf.h5"],
    [{ includeTop: false, alpha: 0.5, rows: 160 }, "mobilenet_5_0_160_tf_no_top.h5"],
    [{ alpha: 0.75, inputShape: [128, 128, 3] }, "mobilenet_7_5_128_tf.h5"],
    [{ alpha: 0.25, inputShape: [128, 160, 3] }, "mobilenet_2_5_224_tf.h5"],
  ] as const)("for %o", (options, name) => {
    const file = applications.mobilenet.weights(options);
    expect(file).toEqual({ name, url: `${storage}mobilenet/${name}` });
  });
});

describe("the weights of MobileNetV2 and V3", () => {
  it("go by alpha and rows", () => {
    const { mobilenetv2, mobilenetv3small } = applications;
    const kernels = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels";
    expect(mobilenetv2.weights({ alpha: 0.5, inputShape: [96, 96, 3] }).name).toBe(`${kernels}_0.5_96.h5`);
    expect(mobilenetv2.weights({ alpha: 1, rows: 160, includeTop: false }).name).toBe(
      `${kernels}_1.0_160_no_top.h5`,
    );
    expect(mobilenetv3small.weights({ alpha: 0.75, inputShape: [96, 96, 3] })).toMatchObject({
      name: "weights_mobilenet_v3_small_224_0.75_float.h5",
      md5: "cb65d4e5be93758266aa0a7f2c6708b7",
    });
    expect(() => mobilenetv3small.weights({ alpha: 0.5 })).toThrow(
      /alpha 0.75, 1 and 224 rows, not alpha 0.5/,
    );
    expect(() => mobilenetv2.weights({ rows: 150 })).toThrow(/and 150$/);
  });
});

describe("resolveWeights", () => {
  let kerasHome: string;
  beforeAll(async () => {
    kerasHome = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  });
  afterAll(() => rm(kerasHome, { recursive: true }));

  it.each<[string, { includeTop: boolean; alpha?: number; rows?: number }, string]>([
    ["vgg16", { includeTop: false }, "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"],
    ["mobilenet", { includeTop: false, alpha: 0.5, rows: 160 }, "mobilenet/mobilenet_5_0_160_tf_no_top.h5"],
  ])("finds those of %s", async (application, variant, path) => {
    const options = { application, ...variant, kerasHome, offline: true };
    const name = join(kerasHome, "models", path.split("/")[1]);
    const message = (base: string) =>
      `no weights at ${name}, and downloads are off; fetch ${base}${path} by hand and put it there`;
    await expect(resolveWeights(options)).rejects.toMatchObject({ code: "io", message: message(storage) });
    const baseUrl = "http://mirror.example/weights/";
    await expect(resolveWeights({ ...options, baseUrl })).rejects.toMatchObject({
      message: message(baseUrl),
    });
  });

  it("knows some variants only", async () => {
    for (const variant of [
      { application: "lenet" },
      { application: "mobilenet", alpha: 0.3 },
      { application: "mobilenet", rows: 150 },
    ]) {
      const pending = resolveWeights({ includeTop: true, kerasHome, offline: true, ...variant });
      await expect(pending).rejects.toMatchObject({ code: "usage" });
    }
  });
});

describe("blocks", () => {
  it.each<[ApplicationName, string, string[]]>([
    ["vgg16", "block5", ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"]],
    ["mobilenet", "stem", ["input_1", "conv1", "conv1_bn", "conv1_relu"]],
    [
      "mobilenet",
      "block2",
      [
        "conv_pad_2",
        "conv_dw_2",
        "conv_dw_2_bn",
        "conv_dw_2_relu",
        "conv_pw_2",
        "conv_pw_2_bn",
        "conv_pw_2_relu",
      ],
    ],
    ["mobilenet", "block14", []],
  ])("%s has %s", (name, block, layers) => {
    const app = applications[name];
    const base = app.build({ includeTop: false });
    expect(layersOfBlock(block, base.layers).map((layer) => layer.name)).toEqual(layers);
  });

  it.each(namesOf(applications))("of %s make up all of the base", (name) => {
    const { blocks, build, featureLayer } = applications[name];
    const { layers } = build({ includeTop: false });
    expect(blocks.flatMap((block) => layersOfBlock(block.name, layers))).toEqual(layers);
    expect(layers.at(-1)!.name).toBe(featureLayer);
  });

  it("end where the base is cut", () => {
    const { layers } = applications.vgg16.build({ includeTop: false, layer: "block4_conv2" });
    const names = (block: string) => layersOfBlock(block, layers).map((layer) => layer.name);
    expect(names("block3")).toHaveLength(4);
    expect(names("block4")).toEqual(["block4_conv1", "block4_conv2"]);
    expect(names("block5")).toEqual([]);
  });

  it.each([
    ["another network", ["input_1", "conv_1", "block1_pool2"]],
    ["a network where blocks before it are missing", ["conv1_relu", "conv_pw_2_relu"]],
    ["nothing", []],
  ])("are not found in %s", (_, names) => {
    const layers = names.map((name) => ({ name }));
    expect(layersOfBlock("block2", layers)).toEqual([]);
  });
});
