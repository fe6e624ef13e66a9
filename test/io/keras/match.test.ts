import { describe, expect, it } from "vitest";
import { matchWeights, type TargetLayer } from "../../../src/io/keras/matchWeights.js";
import type { SavedLayer, WeightPlace } from "../../../src/io/keras/savedLayer.js";

function saved(name: string, weights: Record<string, number[]>): SavedLayer<WeightPlace> {
  return {
    name,
    weights: Object.entries(weights).map(([path, shape]) => ({
      path: `/${name}/${path}`,
      shape,
    })),
  };
}
function target(layer: string, weights: Record<string, number[]>, className = "Conv2D"): TargetLayer {
  return { layer, className, weights: Object.entries(weights).map(([name, shape]) => ({ name, shape })) };
}
const match = (layers: SavedLayer<WeightPlace>[], targets: TargetLayer[], options = {}) => {
  const found = matchWeights({ path: "x.h5", layers }, targets, options);
  return Object.fromEntries([...found].map(([key, weight]) => [key, weight.path]));
};

describe("names of weights", () => {
  it("are found whatever their order", () => {
    const layers = [
      saved("d", { "d/bias:0": [2], "d/kernel:0": [3, 2] }),
      saved("c", { "c/kernel": [1], "c/bias": [1] }),
    ];
    expect(
      match(layers, [target("c", { kernel: [1], bias: [1] }), target("d", { kernel: [3, 2], bias: [2] })]),
    ).toEqual({
      "c/kernel": "/c/c/kernel",
      "c/bias": "/c/c/bias",
      "d/kernel": "/d/d/kernel:0",
      "d/bias": "/d/d/bias:0",
    });
  });

  it("of Keras 1 are understood", () => {
    const layers = [
      saved("conv", { "conv_b_1:0": [1], "conv_W_1:0": [1] }),
      saved("bn", {
        "bn_beta_1:0": [1],
        "bn_gamma_1:0": [1],
        "bn_running_mean_1:0": [1],
        "bn_running_std_1:0": [1],
      }),
    ];
    const bn = { gamma: [1], beta: [1], moving_mean: [1], moving_variance: [1] };
    expect(match(layers, [target("conv", { kernel: [1], bias: [1] }), target("bn", bn)])).toEqual({
      "conv/kernel": "/conv/conv_W_1:0",
      "conv/bias": "/conv/conv_b_1:0",
      "bn/gamma": "/bn/bn_gamma_1:0",
      "bn/beta": "/bn/bn_beta_1:0",
      "bn/moving_mean": "/bn/bn_running_mean_1:0",
      "bn/moving_variance": "/bn/bn_running_std_1:0",
    });
  });

  it("of depthwise kernels are the same in Keras 2 and 3", () => {
    expect(match([saved("dw", { "dw/depthwise_kernel:0": [3] })], [target("dw", { kernel: [3] })])).toEqual({
      "dw/kernel": "/dw/dw/depthwise_kernel:0",
    });
    const separable = { depthwise_kernel: [3], pointwise_kernel: [1] };
    expect(Object.keys(match([saved("sep", separable)], [target("sep", separable)]))).toHaveLength(2);
  });

  it("that say nothing leave it to the order", () => {
    expect(match([saved("d", { 0: [3, 2], 1: [2] })], [target("d", { kernel: [3, 2], bias: [2] })])).toEqual({
      "d/kernel": "/d/0",
      "d/bias": "/d/1",
    });
  });

  it("that agree in part are no match", () => {
    expect(() =>
      match([saved("d", { kernel: [2], scale: [2] })], [target("d", { kernel: [2], bias: [2] })]),
    ).toThrow("x.h5: layer d has weights kernel, scale; the model's are kernel, bias");
  });
});

describe("errors name file, layer and shapes", () => {
  const many = ["a", "b", "c", "d", "e", "f", "g"];

  it("for missing layers, five of them", () => {
    expect(() =>
      match(
        [saved("z", { kernel: [1] })],
        many.map((name) => target(name, { kernel: [1] })),
      ),
    ).toThrow("x.h5: has no weights for a, b, c, d, e, … (7 in all); it has z");
  });

  it("for another shape", () => {
    expect(() => match([saved("d", { kernel: [3, 2] })], [target("d", { kernel: [2, 3] })])).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: "x.h5: layer d: kernel has shape (3, 2), the model needs (2, 3)",
        expected: "(2, 3)",
        got: "(3, 2)",
      }),
    );
  });

  it("for another number of weights", () => {
    expect(() => match([saved("d", { kernel: [1] })], [target("d", { kernel: [1], bias: [1] })])).toThrow(
      "x.h5: layer d has 1 weights (kernel), the model's has 2 (kernel, bias)",
    );
  });

  it("for a name of two inner models", () => {
    const twice = [saved("d", { kernel: [1] }), saved("d", { kernel: [1] })];
    expect(() => match(twice, [target("d", { kernel: [1] })])).toThrow("x.h5: has 2 layers named d");
  });
});

it("refuses layers that the model has not, unless it may", () => {
  const layers = [saved("a", { kernel: [1] }), saved("b", { kernel: [1] }), saved("pool", {})];
  const prefix = [target("a", { kernel: [1] }), target("pool", {})];
  expect(() => match(layers, prefix)).toThrow("x.h5: has weights for layers that the model does not have: b");
  expect(match(layers, prefix, { allowExtra: true })).toEqual({ "a/kernel": "/a/kernel" });
});
