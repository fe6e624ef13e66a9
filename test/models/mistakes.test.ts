/** Mistakes in what is passed by its place: an error that says what was expected, never one of JavaScript's. */
import { describe, expect, it } from "vitest";
import * as wgraft from "../../src/index.js";
import { buildModel } from "../../src/models/saving/load.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { describe as shown } from "../../src/options/describe.js";
import { plainConfig } from "../support/plainModel.js";

const { Dense, ImageDataGenerator, Sequential, tensor } = wgraft;
const x = tensor([1, 2], [1, 2]);

function compiled() {
  const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2, name: "one" })]);
  model.compile({ loss: "binary_crossentropy" });
  return model;
}

/** A value of a type that the compiler refuses. */
const any = (value: unknown) => value as never;

describe("a mistake is answered in one line", () => {
  it.each<[string, () => unknown, string | RegExp]>([
    [
      "nested arrays",
      () => tensor(any([[1, 2]])),
      /^tensor: expected numbers in C order .* got \[\[1, 2\]\]$/,
    ],
    ["strings for numbers", () => tensor(any(["1"])), /^tensor: expected numbers/],
    ["big integers", () => tensor(any(BigInt64Array.of(1n))), /^tensor: expected numbers/],
    ["nothing", () => tensor(any(undefined)), /^tensor: expected numbers .* got undefined$/],
    ["a number for a shape", () => tensor([1, 2], any(2)), /^tensor: expected numbers .* got 2$/],
    [
      "arrays to fit",
      () => compiled().fit(any([[1, 2]]), any([[1]])),
      "fit: y: expected a Tensor, got [[1]]",
    ],
    ["arrays to evaluate", () => compiled().evaluate(x, any([1])), "evaluate: y: expected a Tensor, got [1]"],
    [
      "no labels to fit",
      () => compiled().fit(any(x)),
      /^the samples have no labels|^fit: the samples have no/,
    ],
    ["no labels to evaluate", () => compiled().evaluate(any(x)), /the samples have no labels/],
    [
      "arrays as weights",
      () => compiled().setWeights(any([[1, 2], [0]])),
      /expected a list, each a Tensor of f/,
    ],
    [
      "bytes as weights",
      () => new Dense({ units: 1, name: "d" }).setWeights([tensor(new Uint8Array(1))]),
      "setWeights of d: values: expected a list, each a Tensor of float32, got [a Tensor]",
    ],
    ["no path to load from", () => wgraft.loadModel(any(undefined)), /^loadModel: path: expected a string/],
    [
      "no path of weights",
      () => wgraft.loadWeights(compiled(), any(3)),
      /^loadWeights: path: expected .* got 3$/,
    ],
    ["no path of features", () => wgraft.readFeatures(""), /^readFeatures: path: expected .* got ""$/],
    [
      "no path of a classifier",
      () => wgraft.Classifier.open(any(null)),
      /^Classifier.open: path: expected a str/,
    ],
    ["no folder", () => wgraft.listDataset(any({})), /^listDataset: dir: expected a string/],
    ["no folder of images", () => wgraft.listImageFolder(any(1)), /^listImageFolder: dir: expected a string/],
    [
      "no folder to flow from",
      () => new ImageDataGenerator().flowFromDirectory(any(undefined)),
      /^flowFromDirectory: directory: expected a string/,
    ],
    [
      "no path to save to",
      () => compiled().save(any(undefined)),
      /^save: path: expected a path that ends in \.h5 or/,
    ],
    [
      "a path without a format",
      () => compiled().save("model"),
      /^save: .* ends in \.h5 or \.keras, got "model"$/,
    ],
    ["another library's format", () => compiled().save("m.pt"), /ends in \.h5 or \.keras, got "m\.pt"$/],
    [
      "a name with a slash",
      () => new Dense({ units: 1, name: "a/b" }),
      'Dense: name: expected a string that is not empty, without /, or null, got "a/b"',
    ],
    [
      "one of a model",
      () => new Sequential([], { name: "a/b" }),
      /^Sequential: name: expected .* without \//,
    ],
    [
      "one of an input",
      () => wgraft.Input({ shape: [2], name: "a/b" }),
      /^Input: name: expected .* without \//,
    ],
  ])("%s", async (_, call, message) => {
    const error: unknown = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(wgraft.WgraftError);
    expect((error as wgraft.WgraftError).message).toMatch(message);
    expect((error as wgraft.WgraftError).code).toBe("usage");
  });
});

it("a file with a slash in a name is refused, as Keras 3 refuses it", () => {
  const build = (config: unknown) =>
    buildModel(parseModelConfig(config, "m.h5"), { file: "m.h5", kerasVersion: "2.15.0" });
  const named = plainConfig({ name: "layer1/conv" });
  expect(() => build(named)).toThrow(
    'm.h5: layer layer1/conv (Dense): Dense: name: expected a string that is not empty, without /, or null, got "layer1/conv"',
  );
  const config = plainConfig();
  expect(() => build({ ...config, config: { ...config.config, name: "a/b" } })).toThrow(
    /^m\.h5: Sequential: name: expected .* without \//,
  );
  const [input, dense] = (config.config as { layers: { config: object }[] }).layers;
  const layers = [{ ...input, config: { ...input.config, name: "a/b" } }, dense];
  expect(() => build({ ...config, config: { name: "m", layers } })).toThrow(
    /^m\.h5: InputLayer: name: expected/,
  );
});

it("messages name a class as its users know it", () => {
  // As a bundler writes a class that refers to itself.
  const Renamed = class _Tensor {};
  expect(shown(new Renamed())).toBe("a Tensor");
});
