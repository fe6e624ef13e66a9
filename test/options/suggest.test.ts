/** Which option was meant. */
import { describe, expect, it } from "vitest";
import { foreignNames } from "../../src/options/foreignNames.js";
import { camelCase, snakeCase } from "../../src/options/notation.js";
import { nearChoices, suggestion } from "../../src/options/suggest.js";

const training = ["epochs", "batchSize", "validationData", "learningRate", "dropout", "data", "units"];
const layer = ["filters", "kernelSize", "strides", "padding", "activation", "useBias", "name"];

describe("suggestion", () => {
  it.each([
    // The same in another notation.
    ["batch_size", training, "batchSize"],
    ["batch-size", training, "batchSize"],
    ["BatchSize", training, "batchSize"],
    ["BATCH_SIZE", training, "batchSize"],
    ["kernelsize", layer, "kernelSize"],
    // Slips of the fingers.
    ["activaton", layer, "activation"],
    ["stride", layer, "strides"],
    ["dta", training, "data"],
    ["epoch", training, "epochs"],
    ["paddign", layer, "padding"],
    ["filter", layer, "filters"],
    // What others call it.
    ["lr", training, "learningRate"],
    ["LR", training, "learningRate"],
    ["nb_epoch", training, "epochs"],
    ["pad", layer, "padding"],
    ["val_data", training, "validationData"],
    ["out_channels", layer, "filters"],
    // Nothing that is close.
    ["lr", layer, undefined],
    ["frobnicate", training, undefined],
    ["x", training, undefined],
    ["", training, undefined],
    ["constructor", training, undefined],
    ["__proto__", training, undefined],
  ])("%s of %j is %s", (name, known, meant) => {
    expect(suggestion(name, known)).toBe(meant);
  });

  it("takes the first option that a foreign name may stand for, in the table's order", () => {
    expect(suggestion("size", ["poolSize", "strides"])).toBe("poolSize");
    expect(suggestion("size", ["targetSize", "poolSize"])).toBe("targetSize");
  });
});

describe("nearChoices", () => {
  const choices = ["vgg16", "vgg19", "resnet50", "mobilenet"];
  it.each([
    ["vgg61", "vgg16"],
    ["VGG-16", "vgg16"],
    ["ResNet50", "resnet50"],
    ["resnet", "resnet50"],
    ["VGG", "vgg16 or vgg19"],
    ["v", undefined],
    ["", undefined],
    ["efficientnet", undefined],
  ])("%s is %s", (value, meant) => {
    expect(nearChoices(value, choices)).toBe(meant);
  });
});

it("the list of foreign names is in the form that it is looked up in", () => {
  for (const [option, names] of Object.entries(foreignNames)) {
    expect(option, option).toMatch(/^[a-z][A-Za-z0-9]*$/);
    for (const name of names.split(" ")) {
      expect(name, `${option}: ${name}`).toMatch(/^[a-z][a-z0-9]*$/);
      expect(name, `${option}: needs no entry`).not.toBe(option.toLowerCase());
    }
    expect(new Set(names.split(" ")).size, option).toBe(names.split(" ").length);
  }
});

it.each([
  ["MaxPooling2D", "max_pooling2d"],
  ["ReLU", "re_lu"],
  ["kernelSize", "kernel_size"],
  ["useBias", "use_bias"],
  ["GlobalAveragePooling2D", "global_average_pooling2d"],
])("%s is %s in Python", (name, python) => {
  expect(snakeCase(name)).toBe(python);
});

it.each([
  ["kernel_size", "kernelSize"],
  ["kernel-size", "kernelSize"],
  ["KernelSize", "kernelSize"],
  ["LR", "lr"],
  ["already", "already"],
])("%s is %s in JavaScript", (name, ours) => {
  expect(camelCase(name)).toBe(ours);
});
