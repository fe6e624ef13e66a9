/** What `trainable` names in each application. No GPU: layers are built, weights are not. */
import { describe, expect, it } from "vitest";
import { applications, blocksOf, type ApplicationName } from "../../src/models/applications/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Rescaling } from "../../src/models/layers/preprocessing/rescaling.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { Sequential } from "../../src/models/sequential.js";
import { innerBase, setTrainable } from "../../src/transfer/model/trainable.js";

function grafted(app: ApplicationName): Sequential {
  const base = applications[app].build({ includeTop: false, inputShape: [96, 96, 3] });
  return new Sequential([base, new GlobalAveragePooling2D(), new Dense({ units: 1, activation: "sigmoid" })]);
}

/** The layers of the base with weights that train. */
function trained(app: ApplicationName, names: readonly string[]): string[] {
  const model = grafted(app);
  setTrainable(model, names);
  const layers = innerBase(model)!.leafLayers.filter((layer) => layer.trainableWeights.length > 0);
  return layers.map((layer) => layer.name);
}

it("takes for the base a model with weights, not one that preprocesses", () => {
  const preprocessing = new Sequential([new Rescaling({ scale: 1 / 255, inputShape: [8, 8, 3] })]);
  const base = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, inputShape: [8, 8, 3] })]);
  const end = () => [new GlobalAveragePooling2D(), new Dense({ units: 1 })];
  expect(innerBase(new Sequential([preprocessing, base, ...end()]))).toBe(base);
  expect(innerBase(new Sequential([preprocessing, ...end()]))).toBeUndefined();
});

describe("trainable", () => {
  it.each<[ApplicationName, string, number, string, string]>([
    ["resnet50", "conv5_block3", 6, "conv5_block3_1_conv", "conv5_block3_3_bn"],
    ["resnet50", "conv5", 20, "conv5_block1_1_conv", "conv5_block3_3_bn"],
    ["resnet50", "conv1", 2, "conv1_conv", "conv1_bn"],
    ["resnet50", "conv4_block6_2_bn", 1, "conv4_block6_2_bn", "conv4_block6_2_bn"],
    ["inceptionv3", "stem", 10, "conv2d", "batch_normalization_4"],
    ["inceptionv3", "mixed10", 18, "conv2d_89", "batch_normalization_93"],
    ["xception", "block14", 4, "block14_sepconv1", "block14_sepconv2_bn"],
    ["xception", "block13", 6, "block13_sepconv1", "batch_normalization_3"],
    ["mobilenet", "block13", 4, "conv_dw_13", "conv_pw_13_bn"],
    ["vgg19", "block5", 4, "block5_conv1", "block5_conv4"],
  ])("%s trains of %s its %i layers from %s to %s", (app, name, count, first, last) => {
    const names = trained(app, [name]);
    expect(names).toHaveLength(count);
    expect(names).toEqual(expect.arrayContaining([first, last]));
  });

  it("takes several names", () => {
    const names = ["conv5_block2", "conv5_block3", "conv1_bn"];
    expect(trained("resnet50", names)).toHaveLength(6 + 6 + 1);
  });

  it.each<[ApplicationName, string, RegExp]>([
    [
      "resnet50",
      "conv6",
      /conv6 is no layer or block of the base; it has: conv1_conv, .*, … \(106 layers\); blocks: conv1, conv2_block1, .*, conv5_block3$/,
    ],
    ["inceptionv3", "mixed11", /; blocks: stem, mixed0, mixed1, .*, mixed10$/],
    ["xception", "block15", /; blocks: block1, .*, block14$/],
    ["resnet50", "conv5_block3_out", /conv5_block3_out has no weights to train; it has: /],
  ])("of %s refuses %s, and lists what there is", (app, name, message) => {
    expect(() => setTrainable(grafted(app), [name])).toThrow(
      expect.objectContaining({
        code: "usage",
        option: "trainable",
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  it("knows the blocks of a base that is cut", () => {
    const { layers } = applications.resnet50.build({ includeTop: false, layer: "conv3_block1_1_relu" });
    const blocks = blocksOf(layers);
    expect(blocks.map(({ name }) => name)).toEqual([
      "conv1",
      "conv2_block1",
      "conv2_block2",
      "conv2_block3",
      "conv3_block1",
    ]);
    expect(blocks.at(-1)!.layers.at(-1)!.name).toBe("conv3_block1_1_relu");
    expect(blocksOf([{ name: "conv_1" }])).toEqual([]);
  });
});
