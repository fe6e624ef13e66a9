/** Which files of weights go with an application, and how it is described otherwise; Keras's own answers. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  applications,
  arePublished,
  blocksOf,
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

describe("the published weights of EfficientNet", () => {
  const { efficientnetb0: app } = applications;
  const rescalings = (published: boolean) =>
    app.build({ includeTop: false, published }).layers.filter(({ className }) => className === "Rescaling");

  it("go with a second rescaling, by one over the root of the deviation", () => {
    expect(rescalings(false).map(({ name }) => name)).toEqual(["rescaling"]);
    const [first, second] = rescalings(true).map((layer) => layer.getConfig());
    expect(first).toMatchObject({ name: "rescaling", scale: 1 / 255 });
    const scale = [0.229, 0.224, 0.225].map((deviation) => 1 / Math.sqrt(deviation));
    expect(second).toMatchObject({ name: "rescaling_1", scale, offset: 0 });
  });

  it("are known by name and by hash", async () => {
    const folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
    const path = join(folder, "weights.h5");
    const text = "any weights";
    await writeFile(path, text);
    const md5 = createHash("md5").update(text).digest("hex");
    const publishing = (hash: string) => ({
      ...app,
      weights: ({ includeTop }: { includeTop: boolean }) => ({
        name: "efficientnet.h5",
        url: "",
        md5: includeTop ? "" : hash,
      }),
    });
    try {
      expect(await arePublished(app, "imagenet")).toBe(true);
      expect(await arePublished(app, "random")).toBe(false);
      expect(await arePublished(app, path)).toBe(false);
      expect(await arePublished(publishing(md5), path)).toBe(true);
      // Every other network is the same whatever its weights.
      expect(await arePublished(applications.vgg16, "imagenet")).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
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

  it("are those of the network, not of another one with the same names", () => {
    for (const name of [
      "resnet50",
      "resnet101",
      "resnet50v2",
      "efficientnetb1",
      "efficientnetv2b0",
    ] as const) {
      const { build, blocks } = applications[name];
      const { layers } = build({ includeTop: false, pooling: "avg" });
      expect(blocksOf(layers).map((block) => block.name)).toEqual(blocks.map((block) => block.name));
    }
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
    ["a network with names of the first layers of several", ["conv1", "pool1", "activation", "block2_pool"]],
    ["nothing", []],
  ])("are not found in %s", (_, names) => {
    const layers = names.map((name) => ({ name }));
    expect(layersOfBlock("block2", layers)).toEqual([]);
  });
});
