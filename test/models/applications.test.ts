/** Architectures, parameter counts and weights of the applications. What VGG16 computes is in vgg16Golden.test.ts. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWeightsFile } from "../../src/io/keras/writeModel.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import {
  applications,
  cutAt,
  MobileNet,
  preprocessInput,
  VGG16,
  VGG19,
  type ApplicationName,
} from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import { summaryData } from "../../src/models/summary.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { expectWithin, goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true });
});

const counts = (model: Model) => {
  const { totalParams, trainableParams, trainableWeights } = summaryData(model);
  return [totalParams, trainableParams, trainableWeights];
};
const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

describe("the counts that Keras prints", () => {
  it("of VGG16 and VGG19", () => {
    const { vgg16, vgg19 } = applications;
    expect(counts(vgg16.build())).toEqual([138_357_544, 138_357_544, 32]);
    expect(counts(vgg16.build({ includeTop: false }))).toEqual([14_714_688, 14_714_688, 26]);
    expect(counts(vgg19.build())).toEqual([143_667_240, 143_667_240, 38]);
    expect(counts(vgg19.build({ includeTop: false }))).toEqual([20_024_384, 20_024_384, 32]);
  });

  it("of MobileNet", () => {
    const { build } = applications.mobilenet;
    expect(counts(build())).toEqual([4_253_864, 4_231_976, 83]);
    expect(counts(build({ includeTop: false }))).toEqual([3_228_864, 3_206_976, 81]);
    expect(counts(build({ includeTop: false, alpha: 0.25 }))).toEqual([218_544, 213_072, 81]);
  });

  it.each<[ApplicationName, number]>([
    ["resnet101", 44_707_176],
    ["resnet152", 60_419_944],
    ["resnet101v2", 44_675_560],
    ["resnet152v2", 60_380_648],
    ["densenet169", 14_307_880],
    ["densenet201", 20_242_984],
    ["efficientnetb1", 7_856_239],
    ["efficientnetb2", 9_177_569],
    ["efficientnetb3", 12_320_535],
    ["efficientnetb4", 19_466_823],
    ["efficientnetb5", 30_562_527],
    ["efficientnetb6", 43_265_143],
    ["efficientnetb7", 66_658_687],
    ["efficientnetv2b1", 8_212_124],
    ["efficientnetv2b2", 10_178_374],
    ["efficientnetv2b3", 14_467_622],
    ["efficientnetv2s", 21_612_360],
    ["efficientnetv2m", 54_431_388],
    ["efficientnetv2l", 119_027_848],
    ["nasnetlarge", 88_949_818],
  ])("of %s", (name, total) => {
    expect(summaryData(applications[name].build()).totalParams).toBe(total);
  });
});

describe("architectures", () => {
  it("have Keras's layers", () => {
    const names = applications.vgg16.build().layers.map((l) => l.name);
    expect(names).toHaveLength(23);
    expect(names.slice(0, 4)).toEqual(["input_1", "block1_conv1", "block1_conv2", "block1_pool"]);
    expect(names.slice(-5)).toEqual(["block5_pool", "flatten", "fc1", "fc2", "predictions"]);
    const mobile = applications.mobilenet.build().layers.map((l) => l.name);
    expect(mobile.slice(1, 4)).toEqual(["conv1", "conv1_bn", "conv1_relu"]);
    expect(mobile.filter((n) => n.startsWith("conv_pad"))).toEqual([2, 4, 6, 12].map((n) => `conv_pad_${n}`));
    expect(mobile.slice(-5)).toEqual([
      "global_average_pooling2d",
      "dropout",
      "conv_preds",
      "reshape_2",
      "predictions",
    ]);
  });

  it.each([
    ["vgg16", [150, 150, 3], [4, 4, 512]],
    ["vgg19", [150, 150, 3], [4, 4, 512]],
    ["mobilenet", [150, 150, 3], [4, 4, 1024]],
    ["vgg16", [32, 33, 3], [1, 1, 512]],
  ] as const)("%s makes of %j features %j", (name, inputShape, shape) => {
    const app = applications[name];
    const base = app.build({ includeTop: false, inputShape });
    expect(base.outputShape).toEqual(shape);
    expect(base.layers.at(-1)!.name).toBe(app.featureLayer);
    expect(app.build({ includeTop: false, inputShape, pooling: "avg" }).outputShape).toEqual([shape[2]]);
  });

  it("carry Keras's names", () => {
    expect(applications.mobilenet.build({ alpha: 0.5, inputShape: [160, 160, 3] }).name).toBe(
      "mobilenet_0.50_160",
    );
    expect(applications.vgg19.build({ includeTop: false }).name).toBe("vgg19");
    expect(applications.vgg16.build({ includeTop: false, name: "mine" }).name).toBe("mine");
  });

  it.each<[ApplicationName, object]>([
    ["vgg16", { inputShape: [31, 150, 3] }],
    ["vgg16", { inputShape: [150, 150] }],
    ["vgg16", { alpha: 0.5 }],
    ["vgg16", { pooling: "avg" }],
    ["vgg16", { classes: 0 }],
    ["mobilenet", { alpha: 0 }],
    ["mobilenet", { layer: "conv_pw_14" }],
  ])("%s refuses %j", (name, options) => {
    expect(() => applications[name].build(options)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("begin with the same weights for the same seed", async () => {
    const build = (seed: number) => applications.mobilenet.build({ includeTop: false, alpha: 0.25, seed });
    const first = async (model: Model) => values((await model.getLayer("conv_dw_3").getWeights())[0]);
    expect(await first(build(1))).toEqual(await first(build(1)));
    expect(await first(build(1))).not.toEqual(await first(build(2)));
  });
});

describe("cutAt", () => {
  it("shares layers, weights and the device", async () => {
    const base = applications.mobilenet.build({
      includeTop: false,
      inputShape: [32, 32, 3],
      alpha: 0.25,
      device,
    });
    const cut = cutAt(base, "conv_dw_2_relu", "prefix");
    expect(cut.name).toBe("prefix");
    expect(cut.device).toBe(device);
    expect(cut.getLayer("conv_dw_2")).toBe(base.getLayer("conv_dw_2"));
    expect((await cut.predict(tensor(new Float32Array(32 * 32 * 3), [1, 32, 32, 3]))).shape).toEqual([
      1, 8, 8, 16,
    ]);
  });

  it("lists the layers where there is no such one", () => {
    const base = applications.vgg16.build({ includeTop: false });
    expect(() => cutAt(base, "block6_pool")).toThrow(
      /vgg16 has no layer block6_pool; it has: .*block5_pool$/,
    );
    expect(() => cutAt(base, "input_1")).toThrow(/nothing would remain/);
  });
});

describe("weights", () => {
  const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i));
  const conv = (name: string, cin: number, cout: number) => ({
    name,
    weights: [
      { name: `${name}_W_1:0`, shape: [3, 3, cin, cout], data: ramp(9 * cin * cout) },
      { name: `${name}_b_1:0`, shape: [cout], data: ramp(cout) },
    ],
  });

  it("may be those of the layers below the cut only", async () => {
    const path = join(folder, "prefix.h5");
    const layers = [
      conv("block1_conv1", 3, 64),
      conv("block1_conv2", 64, 64),
      { name: "block1_pool", weights: [] },
    ];
    await writeWeightsFile(path, layers);
    const options = { weights: path, includeTop: false, inputShape: [32, 32, 3], device } as const;
    for (const open of [VGG16, VGG19]) {
      const base = await open({ ...options, layer: "block1_pool" });
      expect(base.outputShape).toEqual([16, 16, 64]);
      const [kernel] = await base.getLayer("block1_conv2").getWeights();
      expect(kernel.dataSync()).toEqual(ramp(9 * 64 * 64));
    }
    const first = await VGG16({ ...options, layer: "block1_conv1" });
    expect(first.weights).toHaveLength(2);
    await expect(VGG16(options)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/prefix\.h5: has no weights for block2_conv1/) as string,
    });
  });

  it("of ImageNet are looked for in Keras's cache, and fetched only where that is allowed", async () => {
    const home = process.env.KERAS_HOME;
    process.env.KERAS_HOME = folder;
    try {
      await expect(VGG16({ includeTop: false, offline: true })).rejects.toMatchObject({
        code: "io",
        message: expect.stringContaining("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5") as string,
      });
      await expect(MobileNet({ alpha: 0.5, inputShape: [160, 160, 3], offline: true })).rejects.toThrow(
        /mobilenet_5_0_160_tf\.h5/,
      );
      await expect(
        MobileNet({ includeTop: false, inputShape: [150, 150, 3], offline: true }),
      ).rejects.toThrow(/mobilenet_1_0_224_tf_no_top\.h5/);
    } finally {
      if (home === undefined) delete process.env.KERAS_HOME;
      else process.env.KERAS_HOME = home;
    }
  });

  it("of ImageNet have a top of 1000 classes", async () => {
    await expect(VGG16({ classes: 2, offline: true })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("preprocessInput", () => {
  const golden = JSON.parse(readFileSync(goldenPath("preprocess.json"), "utf8")) as Record<string, number[]>;

  it.each(["caffe", "tf", "torch"] as const)("is what keras.applications does in mode %s", (mode) => {
    const expected = tensor(golden[mode], [2, 2, 3]);
    expectWithin(preprocessInput(tensor(golden.image, [2, 2, 3]), mode), expected, 1e-7);
    expectWithin(preprocessInput(tensor(Uint8Array.from(golden.image), [2, 2, 3]), mode), expected, 1e-7);
  });

  it("rescales, or leaves pixels as they are", () => {
    const pixels = tensor(Uint8Array.of(0, 51, 255), [1, 1, 3]);
    expect(values(preprocessInput(pixels, "rescale"))).toEqual([0, Math.fround(0.2), 1]);
    expect(values(preprocessInput(pixels, "none"))).toEqual([0, 51, 255]);
    expect(() => preprocessInput(tensor(Uint8Array.of(1), [1, 1, 1]), "caffe")).toThrow(/3\)/);
  });
});
