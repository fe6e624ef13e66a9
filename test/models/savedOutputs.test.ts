/** Models with several inputs and outputs, saved in both formats and loaded again, compiled as they were. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withSavedFile } from "../../src/io/keras/savedFile.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { SymbolicTensor } from "../../src/models/layers/layer.js";
import { Multiply } from "../../src/models/layers/merging/multiply.js";
import { Model } from "../../src/models/model.js";
import type { CompileOptions } from "../../src/models/modelOptions.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { loadModel } from "../../src/models/saving/load.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
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

const n = 4;
const x = [uniform(1, [n, 3]), uniform(2, [n, 3])];
const y = [tensor([1, 0, 0, 1, 1, 0, 0, 1], [n, 2]), tensor([0, 1, 1, 0], [n, 1])];
const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

function build(options: CompileOptions) {
  const inputs = [Input({ shape: [3], name: "a" }), Input({ shape: [3], name: "b" })];
  const shared = new Dense({ units: 3, activation: "relu", name: "shared" });
  const joined = new Multiply().apply(inputs.map((input) => shared.apply(input)));
  const outputs = [
    new Dense({ units: 2, activation: "softmax", name: "z" }).apply(joined),
    new Dense({ units: 1, activation: "sigmoid", name: "m" }).apply(joined),
  ];
  const model = new Model({ inputs, outputs, device, seed: 5 });
  model.compile({ optimizer: new SGD({ learningRate: 0.25 }), ...options });
  return model;
}

/** The configuration of a compilation, as the file has it. */
async function compileConfig(path: string): Promise<Record<string, unknown>> {
  if (path.endsWith(".h5")) {
    return withSavedFile(path, {}, (file) =>
      Promise.resolve(JSON.parse(file.hdf5.root.string("training_config")!) as Record<string, unknown>),
    );
  }
  const config = new TextDecoder().decode(unzipSync(await readFile(path))["config.json"]);
  return (JSON.parse(config) as { compile_config: Record<string, unknown> }).compile_config;
}

const [categorical, binary] = ["categorical_crossentropy", "binary_crossentropy"] as const;
const smoothed = { name: categorical, labelSmoothing: 0.25 } as const;
/** As Keras 3.15.1 writes a loss that is not at its defaults, but for arguments that are. */
const lossObject = {
  class_name: "CategoricalCrossentropy",
  config: { name: categorical, from_logits: false, label_smoothing: 0.25 },
};

const cases: [CompileOptions, saved: Record<string, unknown>][] = [
  [
    { loss: [smoothed, binary], lossWeights: [2, 0.5], metrics: [["acc"], "accuracy"] },
    { loss: [lossObject, binary], loss_weights: [2, 0.5], metrics: [["acc"], ["accuracy"]] },
  ],
  [
    { loss: { m: binary, z: categorical }, lossWeights: { m: 0.5, z: 1 }, metrics: { m: "acc" } },
    { loss: { z: categorical, m: binary }, loss_weights: { z: 1, m: 0.5 }, metrics: { z: [], m: ["acc"] } },
  ],
  // Keras pairs weights with the losses by position, or by sorted names: the two must have one form.
  [
    { loss: [categorical, binary], lossWeights: { m: 0.5, z: 1 } },
    { loss: [categorical, binary], loss_weights: [1, 0.5], metrics: null },
  ],
  [{ loss: binary }, { loss: binary, loss_weights: null, metrics: null }],
  [
    { loss: binary, lossWeights: [1, 3] },
    { loss: [binary, binary], loss_weights: [1, 3], metrics: null },
  ],
];

describe.each(["h5", "keras"])("a model of several inputs and outputs saved as .%s", (format) => {
  it.each(cases)("is loaded as it was, compiled with %j", async (options, saved) => {
    const model = build(options);
    const path = join(folder, `several.${format}`);
    await model.save(path);
    const found = await compileConfig(path);
    const isKeras = format === "keras";
    expect(found).toMatchObject(
      isKeras && options.loss instanceof Array && options.loss[0] === smoothed
        ? { ...saved, loss: [{ module: "keras.losses", registered_name: null, ...lossObject }, binary] }
        : saved,
    );
    const again = await loadModel<SymbolicTensor[]>(path, { device });
    expect(again.compilation?.targets).toEqual(model.compilation!.targets);
    expect(again.getConfig()).toEqual(model.getConfig());
    expect((await again.predict(x)).map(values)).toEqual((await model.predict(x)).map(values));
    expect(await again.trainOnBatch(x, y)).toEqual(await model.trainOnBatch(x, y));
    expect((await again.getWeights()).map(values)).toEqual((await model.getWeights()).map(values));
  });
});
