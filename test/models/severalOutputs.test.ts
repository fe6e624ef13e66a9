/** Models with several inputs and outputs: predicted, trained with a loss each, evaluated. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cutAt } from "../../src/models/applications/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Concatenate } from "../../src/models/layers/merging/concatenate.js";
import { Model, type AnyModel } from "../../src/models/model.js";
import type { CompileOptions } from "../../src/models/modelOptions.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const n = 6;
const [a, b] = [uniform(1, [n, 3]), uniform(2, [n, 2])];
const kind = tensor([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1], [n, 3]);
const big = tensor([0, 1, 1, 0, 1, 0], [n, 1]);

/** Two inputs, one hidden layer, two outputs. */
function build() {
  const [x1, x2] = [Input({ shape: [3], name: "a" }), Input({ shape: [2], name: "b" })];
  const joined = new Concatenate().apply([x1, x2]);
  const hidden = new Dense({ units: 4, activation: "relu", name: "hidden" }).apply(joined);
  const outputs = [
    new Dense({ units: 3, activation: "softmax", name: "kind" }).apply(hidden),
    new Dense({ units: 1, activation: "sigmoid", name: "big" }).apply(hidden),
  ] as const;
  return new Model({ inputs: [x1, x2], outputs, device, seed: 5 });
}

const losses = ["categorical_crossentropy", "binary_crossentropy"] as const;

function compiled(options: Partial<CompileOptions> = {}) {
  const model = build();
  model.compile({ optimizer: new SGD({ learningRate: 0.3 }), loss: losses, ...options });
  return model;
}

const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];
const weightsOf = async (model: AnyModel) => (await model.getWeights()).flatMap(values);

/** The two losses in float64, of predictions. */
function referenceLosses([p, q]: readonly (readonly number[])[], weights?: number[][]): [number, number] {
  const mean = (each: readonly number[], i: number) =>
    each.reduce((sum, l, k) => sum + l * (weights?.[i][k] ?? 1), 0) / n;
  const [y1, y2] = [values(kind), values(big)];
  const kinds = Array.from(
    { length: n },
    (_, i) => -[0, 1, 2].reduce((sum, k) => sum + y1[3 * i + k] * Math.log(p[3 * i + k]), 0),
  );
  const bigs = q.map((v, i) => -(y2[i] * Math.log(v) + (1 - y2[i]) * Math.log(1 - v)));
  return [mean(kinds, 0), mean(bigs, 1)];
}

/** The model in float64, from its weights one after another. */
function forward(w: readonly number[]): [number[], number[]] {
  const dense = (x: readonly number[], [first, units]: [number, number]) => {
    const bias = first + x.length * units;
    return Array.from({ length: units }, (_, u) =>
      x.reduce((sum, v, k) => sum + v * w[first + k * units + u], w[bias + u]),
    );
  };
  const [xa, xb] = [values(a), values(b)];
  const result: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    const x = [...xa.slice(3 * i, 3 * i + 3), ...xb.slice(2 * i, 2 * i + 2)];
    const hidden = dense(x, [0, 4]).map((v) => Math.max(0, v));
    const logits = dense(hidden, [24, 3]).map(Math.exp);
    const total = logits.reduce((sum, v) => sum + v);
    result[0].push(...logits.map((v) => v / total));
    result[1].push(...dense(hidden, [39, 1]).map((v) => 1 / (1 + Math.exp(-v))));
  }
  return result;
}

describe("predict", () => {
  it("gives a tensor for each output, in their order", async () => {
    const model = build();
    const outputs = await model.predict([a, b]);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [n, 3],
      [n, 1],
    ]);
    const [first, second] = forward(await weightsOf(model));
    expectClose(values(outputs[0]), first, { relative: 1e-5, absolute: 1e-6 });
    expectClose(values(outputs[1]), second, { relative: 1e-5, absolute: 1e-6 });
    const named = await model.predict({ b, a }, { batchSize: 4 });
    expect(named.map(values)).toEqual(outputs.map(values));
    expect(model.inputNames).toEqual(["a", "b"]);
    expect(model.outputNames).toEqual(["kind", "big"]);
  });

  it("gives one tensor for one output, and takes several inputs for it", async () => {
    const one = cutAt(build(), "hidden");
    const y: Tensor = await one.predict([a, b]);
    expect(y.shape).toEqual([n, 4]);
  });

  it.each([
    ["one tensor", a, "predict: x: expected a Tensor for each of the 2 inputs (a, b), got 1"],
    ["three", [a, b, b], "predict: x: expected a Tensor for each of the 2 inputs (a, b), got 3"],
    ["a name that is missing", { a }, "(a, b), got a, but no b"],
    ["a name that is unknown", { a, c: b }, "(a, b), got one for c"],
    ["another number of samples", [a, b.slice(0, 2)], "data: expected 6 samples for x (6, 3), got x (2, 2)"],
    ["another shape", [b, b], "model functional: expected samples of input a (3,), got (2,)"],
  ] as const)("refuses %s", async (_, x, message) => {
    await expect(build().predict(x as never)).rejects.toThrow(message);
  });
});

describe("compile", () => {
  it.each([
    [
      { loss: ["binary_crossentropy"] },
      "compile: loss: expected a loss for each of the 2 outputs (kind, big), got 1",
    ],
    [
      { loss: { kind: losses[0] } },
      "compile: loss: expected a loss for each of the 2 outputs (kind, big), got kind, but no big",
    ],
    [
      { loss: [losses[0], "mud"] },
      'compile: loss: expected a loss for each of the 2 outputs (kind, big), got "mud" for big',
    ],
    [
      { lossWeights: 2 },
      "compile: lossWeights: expected a number for each of the 2 outputs (kind, big), got 1",
    ],
    [{ lossWeights: { kind: 1, bog: 2 } }, "got one for bog"],
    [
      { metrics: ["acc"] },
      "compile: metrics: expected a metric or a list of metrics for each of the 2 outputs (kind, big), got 1",
    ],
    [{ metrics: { top: "acc" } }, "got one for top"],
    [
      { loss: [{ name: losses[0], smoothing: 0.1 }, losses[1]] },
      "compile: loss: there is no option smoothing",
    ],
    [
      { loss: ["sparse_categorical_crossentropy", losses[1]], labelSmoothing: 0.1 },
      "sparse_categorical_crossentropy has none",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => build().compile({ loss: losses, ...options } as never)).toThrow(message);
  });
});

describe("a training step", () => {
  const weightsOfSamples = [
    [1, 2, 0.5, 1, 3, 1],
    [0.25, 1, 1, 2, 1, 1],
  ];

  it.each([
    ["no weights", {}, undefined],
    ["weights of the losses", { lossWeights: { big: 0.25, kind: 2 } }, undefined],
    ["weights of samples for each output", { lossWeights: [2, 0.25] }, weightsOfSamples],
  ] as const)("follows the gradient of the weighted sum: %s", async (_, options, sampleWeight) => {
    const model = compiled(options);
    const [first, second] = "lossWeights" in options ? [2, 0.25] : [1, 1];
    const before = await weightsOf(model);
    const loss = (w: readonly number[]) => {
      const each = referenceLosses(forward(w), sampleWeight);
      return first * each[0] + second * each[1];
    };
    const each = referenceLosses(forward(before), sampleWeight);
    const figures = await model.trainOnBatch([a, b], [kind, big], { ...(sampleWeight && { sampleWeight }) });
    expectClose(figures, [loss(before), ...each], { relative: 1e-5, absolute: 1e-6 });
    const gradient = finiteDifference(
      (w) => Float64Array.of(loss([...w])),
      Float64Array.from(before),
      Float64Array.of(1),
    );
    const after = await weightsOf(model);
    expectClose(
      after,
      before.map((w, i) => w - 0.3 * gradient[i]),
      { relative: 1e-4, absolute: 2e-5 },
    );
  });

  it("takes labels by the outputs' names, and one weight for each sample of all outputs", async () => {
    const [listed, named] = [compiled(), compiled()];
    const sampleWeight = weightsOfSamples[0];
    const one = await listed.trainOnBatch([a, b], [kind, big], {
      sampleWeight: [sampleWeight, sampleWeight],
    });
    expect(await named.trainOnBatch({ a, b }, { big, kind }, { sampleWeight })).toEqual(one);
    expect(await weightsOf(named)).toEqual(await weightsOf(listed));
  });
});

describe("fit and evaluate", () => {
  const metrics = { big: "acc", kind: ["accuracy"] } as const;
  const names = ["loss", "kind_loss", "big_loss", "kind_accuracy", "big_acc"];

  it("name the figures as Keras does", async () => {
    const model = compiled({ metrics, lossWeights: [1, 0.5] });
    const { history } = await model.fit(
      [a, b],
      { kind, big },
      { epochs: 3, batchSize: 4, validationSplit: 0.34 },
    );
    expect(Object.keys(history)).toEqual([...names, ...names.map((name) => `val_${name}`)]);
    const logs = await model.evaluate([a, b], [kind, big], { batchSize: 4 });
    expect(Object.keys(logs)).toEqual(names);
    const [first, second] = referenceLosses((await model.predict([a, b])).map(values));
    const expected = [first + 0.5 * second, first, second];
    expectClose([logs.loss, logs.kind_loss, logs.big_loss], expected, { relative: 1e-5, absolute: 1e-6 });
  });

  it("record more figures than one dispatch can", async () => {
    const model = compiled({
      metrics: [
        ["acc", "accuracy"],
        ["acc", "accuracy"],
      ],
    });
    const figures = await model.trainOnBatch([a, b], [kind, big]);
    expect(figures).toHaveLength(7);
    expect(figures.slice(3, 5)).toEqual([figures[3], figures[3]]);
    const { loss, kind_acc, big_accuracy } = await compiled({
      ...{
        metrics: [
          ["acc", "accuracy"],
          ["acc", "accuracy"],
        ],
      },
    }).evaluate([a, b], [kind, big]);
    expectClose([figures[0], figures[3], figures[6]], [loss, kind_acc, big_accuracy], {
      ...{ relative: 1e-6, absolute: 1e-6 },
    });
  });

  it("take generators and sources of batches", async () => {
    const [tensors, generator, sources] = [compiled(), compiled(), compiled()];
    const options = { batchSize: n, shuffle: false, epochs: 2 };
    const wanted = await tensors.fit([a, b], [kind, big], options);
    const batches = [
      [
        { a, b },
        { kind, big },
      ],
      [
        [a, b],
        [kind, big],
      ],
    ] as const;
    const generated = await generator.fit(batches, { stepsPerEpoch: 1, epochs: 2 });
    expect(generated.history).toEqual(wanted.history);
    const source = {
      sample: [a, b].map(({ shape: [, ...shape] }) => ({ shape, dtype: "float32" as const })),
      samples: n,
      batches: () => [{ size: n, x: [a.dataSync(), b.dataSync()], y: [kind.dataSync(), big.dataSync()] }],
    };
    expect((await sources.fit(source, options)).history).toEqual(wanted.history);
  });

  it("give onPredictions the predictions of every output", async () => {
    const model = compiled();
    const seen: number[][][] = [];
    await model.evaluate([a, b], [kind, big], {
      onPredictions: (_y, _places, ys) => seen.push(ys.map((y) => [...y])),
    });
    expect(seen).toEqual([(await model.predict([a, b])).map(values)]);
  });

  it.each([
    [
      "labels for one output",
      [kind],
      {},
      "fit: y: expected a Tensor for each of the 2 outputs (kind, big), got 1",
    ],
    ["labels by a name that is missing", { kind }, {}, "got kind, but no big"],
    [
      "labels out of range",
      [kind, kind.slice(0, n)],
      {},
      "output big: loss binary_crossentropy: expected labels of 1 number per sample, got 3",
    ],
    [
      "weights by class",
      [kind, big],
      { classWeight: { 0: 2 } },
      "classWeight: only of a model with one output",
    ],
    [
      "weights for a third",
      [kind, big],
      { sampleWeight: [[1], [1], [1]] },
      "sampleWeight: expected weights for each of the 2 outputs",
    ],
  ])("refuse %s", async (_, y, options, message) => {
    await expect(compiled().fit([a, b], y as never, options)).rejects.toThrow(message);
  });

  it("name the output of a label that is out of range", async () => {
    const wrong = tensor([0, 1, 1, 2, 1, 0], [n, 1]);
    await expect(compiled().evaluate([a, b], [kind, wrong])).rejects.toThrow(
      "output big: label 2 of sample 3: binary_crossentropy expects a number from 0 to 1",
    );
  });

  it("need labels", async () => {
    await expect(compiled().evaluate([a, b] as never)).rejects.toThrow("the samples have no labels");
    await expect(compiled().fit([a, b] as never)).rejects.toThrow("the samples have no labels");
  });
});
