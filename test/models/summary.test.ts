import { describe, expect, it } from "vitest";
import { VGG16 } from "../../src/models/applications/index.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Sequential } from "../../src/models/sequential.js";
import { summary, summaryData } from "../../src/models/summary.js";

const small = () =>
  new Sequential([
    new Conv2D({ filters: 32, kernelSize: 3, inputShape: [28, 28, 1] }),
    new Flatten(),
    new Dense({ units: 10 }),
  ]);

describe("summary", () => {
  it("is Keras's table", () => {
    expect(summary(small())).toEqual([
      'Model: "sequential"',
      "_________________________________________________________________",
      "Layer (type)                 Output Shape              Param #",
      "=================================================================",
      "conv2d (Conv2D)              (None, 26, 26, 32)        320",
      "flatten (Flatten)            (None, 21632)             0",
      "dense (Dense)                (None, 10)                216330",
      "=================================================================",
      "Total params: 216,650 (846.29 KB)",
      "Trainable params: 216,650 (846.29 KB)",
      "Non-trainable params: 0 (0.00 Byte)",
      "Trainable weights: 4",
      "_________________________________________________________________",
    ]);
  });

  it("follows the trainable flags", () => {
    const model = small();
    model.getLayer("conv2d").trainable = false;
    expect(summary(model).slice(-5, -1)).toEqual([
      "Total params: 216,650 (846.29 KB)",
      "Trainable params: 216,330 (845.04 KB)",
      "Non-trainable params: 320 (1.25 KB)",
      "Trainable weights: 2",
    ]);
  });

  it("stretches its columns for long names, or cuts them to the length that is asked for", () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, name: "n".repeat(60) })]);
    const table = summary(model);
    expect(table[4]).toContain("n".repeat(60) + " (Dense) ");
    expect(table[1]).toHaveLength(table[3].length);
    const narrow = summary(model, { lineLength: 40 });
    expect(Math.max(...narrow.slice(0, 6).map((line) => line.length))).toBe(40);
  });

  it("prints line by line where it is told to", () => {
    const lines: string[] = [];
    const model = small();
    model.summary({ print: (line) => lines.push(line) });
    expect(lines).toEqual(summary(model));
  });
});

describe("a model with an inner model", async () => {
  const base = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3] });
  const model = new Sequential([
    base,
    new Flatten(),
    new Dense({ units: 256, activation: "relu" }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ]);

  it("has 30 trainable weights, and 4 once the base is frozen", () => {
    expect(summaryData(model)).toMatchObject({ totalParams: 16_812_353, trainableWeights: 30 });
    base.trainable = false;
    expect(summaryData(model)).toMatchObject({
      totalParams: 16_812_353,
      trainableParams: 2_097_665,
      nonTrainableParams: 14_714_688,
      trainableWeights: 4,
    });
    base.trainable = true;
    expect(model.trainableWeights).toHaveLength(30);
  });

  it("trains the layers of a frozen base that are thawed again", () => {
    base.trainable = false;
    for (const layer of base.layers.filter((l) => l.name.startsWith("block5"))) layer.trainable = true;
    expect(model.trainableWeights).toHaveLength(10);
    base.trainable = true;
  });

  it("is one row, or all its layers", () => {
    expect(summary(model).filter((line) => line.includes("block5_conv3"))).toEqual([]);
    const expanded = summary(model, { expandNested: true });
    expect(expanded.find((line) => line.includes("block5_conv3"))).toMatch(
      /^\| block5_conv3 \(Conv2D\) +\(None, 9, 9, 512\) +2359808$/,
    );
    expect(summaryData(model).layers[0]).toMatchObject({
      name: "vgg16",
      className: "Functional",
      outputShape: [null, 4, 4, 512],
      params: 14_714_688,
    });
    expect(summaryData(model).layers[0].layers).toHaveLength(19);
  });
});
