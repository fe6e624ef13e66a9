/** Models that leave the height and width of their images open: the size is given, or that of the data. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Concatenate,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  Input,
  loadModel,
  MaxPooling2D,
  Model,
  PReLU,
  Sequential,
  tensor,
  UpSampling2D,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { withSavedFile } from "../../src/io/keras/savedFile.js";
import { writeLegacyModel } from "../../src/io/keras/writeModel.js";
import { readWeights } from "../../src/io/keras/weightsFile.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { buildModel } from "../../src/models/saving/load.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { loadSimpleModel } from "../../src/transfer/model/simpleModel.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-open-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

const sized = (side: number) => {
  const base = () => {
    const image = Input({ shape: [side, side, 3], name: "inner" });
    const conv = new Conv2D({ filters: 2, kernelSize: 3, name: "conv" }).apply(image);
    return new Model({ inputs: image, outputs: conv, name: "base", device, seed: 3 });
  };
  const stack = () => [base(), new GlobalAveragePooling2D(), new Dense({ units: 2, name: "head" })];
  const functional = () => {
    const image = Input({ shape: [side, side, 3], name: "outer" });
    const output = stack().reduce((x, layer) => layer.apply(x), image);
    return new Model({ inputs: image, outputs: output, device, seed: 4 });
  };
  return { sequential: () => new Sequential(stack(), { device, seed: 4 }), functional };
};

/** The same file with every height and width of an input open. */
async function saveOpen(model: Model, path: string): Promise<void> {
  const plain = join(folder, "plain.h5");
  await model.save(plain);
  const text = JSON.stringify(modelConfig(model).config).replaceAll(/\[null,8,8,3\]/g, "[null,null,null,3]");
  await withSavedFile(plain, {}, async (file) => {
    const layers = [];
    for (const { name, around = [], weights } of readWeights(file).layers) {
      const read = [];
      for (const weight of weights) {
        const values = (await weight.readFloat32()) as Float32Array;
        read.push({ name: weight.path.split("/").slice(3).join("/"), shape: weight.shape, data: values });
      }
      layers.push({ name: around[0] ?? name, weights: read });
    }
    const config = { class_name: model.className, config: JSON.parse(text) as Record<string, unknown> };
    await writeLegacyModel(path, { modelConfig: config, layers, kerasVersion: "2.15.0" });
  });
}

const images = (n: number, height: number, width: number) =>
  tensor(
    Float32Array.from({ length: n * height * width * 3 }, (_, i) => Math.sin(i)),
    [n, height, width, 3],
  );

it.each(["sequential", "functional"] as const)("a %s model takes the size that is given", async (kind) => {
  const path = join(folder, `${kind}.h5`);
  const original = sized(8)[kind]();
  await saveOpen(original, path);
  for (const size of [8, [8, 8], 5, [6, 9]] as const) {
    const model = await loadModel(path, { device, size });
    const [height, width] = [size, size].flat() as [number, number];
    const y = await (await model.predict(images(1, height, width))).data();
    expect(y.every(Number.isFinite)).toBe(true);
    if (height === 8) expect([...y]).toEqual([...(await (await original.predict(images(1, 8, 8))).data())]);
    else expect(model.inputShape).toEqual([height, width, 3]);
  }
  await expect(loadSimpleModel(join(folder, "plain.h5"), { device, size: 5 })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("`size` 5:") as string,
  });
});

it.each(["sequential", "functional"] as const)("a %s model takes the size of the data", async (kind) => {
  const path = join(folder, `${kind}-data.h5`);
  await saveOpen(sized(8)[kind](), path);
  const open = await loadModel(path, { device });
  expect(open.inputs[0].openShape).toEqual([null, null, 3]);
  expect(open.outputs[0].openShape).toEqual([2]);
  for (const [height, width] of [
    [8, 8],
    [5, 5],
    [6, 9],
    [13, 4],
    [8, 8],
    [20, 30],
  ] as const) {
    const fixed = await loadModel(path, { device, size: [height, width] });
    const x = images(2, height, width);
    expect([...(await open.predict(x)).dataSync()]).toEqual([...(await fixed.predict(x)).dataSync()]);
  }
  const wrong = tensor(new Float32Array(2 * 8 * 8), [2, 8, 8, 1]);
  await expect(open.predict(wrong)).rejects.toThrow("samples (None, None, 3)");
});

it.each(["h5", "keras"])("stays open in a saved .%s file", async (kind) => {
  const path = join(folder, "open.h5");
  await saveOpen(sized(8).functional(), path);
  const open = await loadModel(path, { device });
  const again = join(folder, `again.${kind}`);
  await open.save(again);
  const loaded = await loadModel(again, { device });
  const lines: string[] = [];
  loaded.summary({ print: (line) => lines.push(line) });
  expect(lines.join("\n")).toMatch(/base \(Functional\) +\(None, None, None, 2\)/);
  const x = images(3, 7, 6);
  expect([...(await loaded.predict(x)).dataSync()]).toEqual([...(await open.predict(x)).dataSync()]);
});

it("is trained and evaluated on arrays of any size as a model of that size is", async () => {
  const open = (shape: readonly (number | null)[]) => {
    const image = Input({ shape });
    const conv = new Conv2D({ filters: 3, kernelSize: 3, activation: "relu" }).apply(image);
    const pooled = new GlobalAveragePooling2D().apply(conv);
    const output = new Dense({ units: 1 }).apply(pooled);
    const model = new Model({ inputs: image, outputs: output, device, seed: 9 });
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy", fromLogits: true, metrics: ["acc"] });
    return model;
  };
  for (const [height, width] of [
    [9, 6],
    [5, 12],
  ] as const) {
    const x = images(5, height, width);
    const y = tensor(Float32Array.from([0, 1, 1, 0, 1]), [5, 1]);
    const options = { epochs: 2, batchSize: 2, shuffle: false, validationData: [x, y] as const };
    const [any, fixed] = [open([null, null, 3]), open([height, width, 3])];
    const histories = [await any.fit(x, y, options), await fixed.fit(x, y, options)];
    expect(histories[0].history).toEqual(histories[1].history);
    expect(await any.evaluate(x, y)).toEqual(await fixed.evaluate(x, y));
    // Another size than it was trained on.
    expect((await any.predict(images(1, 21, 4))).shape).toEqual([1, 1]);
  }
});

it("outputs images of the size that goes in", async () => {
  const image = Input({ shape: [null, null, 1] });
  const small = new MaxPooling2D().apply(
    new Conv2D({ filters: 2, kernelSize: 3, padding: "same" }).apply(image),
  );
  const large = new UpSampling2D().apply(small);
  const output = new Conv2D({ filters: 1, kernelSize: 1, activation: "sigmoid" }).apply(
    new Concatenate().apply(image, large),
  );
  const model = new Model({ inputs: image, outputs: output, device, seed: 2 });
  expect(output.openShape).toEqual([null, null, 1]);
  for (const shape of [
    [2, 4, 6, 1],
    [2, 8, 2, 1],
  ]) {
    const size = shape.reduce((a, b) => a * b);
    const x = tensor(Float32Array.from({ length: size }, Math.sin), shape);
    expect((await model.predict(x)).shape).toEqual(shape);
  }
});

it("is a layer of models of fixed and of open sizes", async () => {
  const inner = () => {
    const image = Input({ shape: [null, null, 3] });
    const conv = new Conv2D({ filters: 2, kernelSize: 3, strides: 2 }).apply(image);
    return new Model({ inputs: image, outputs: conv, device, seed: 5, name: "inner" });
  };
  const image = Input({ shape: [9, 11, 3] });
  const fixed = inner().apply(image);
  expect(fixed.openShape).toEqual([4, 5, 2]);
  const model = new Model({ inputs: image, outputs: new Flatten().apply(fixed), device });
  expect((await model.predict(images(1, 9, 11))).shape).toEqual([1, 40]);
  expect(() => inner().apply(Input({ shape: [9, 11, 1] }))).toThrow("an input (None, None, 3)");
});

it("refuses weights whose shape would depend on the data, and names the layer", () => {
  const flat = new Flatten().apply(Input({ shape: [null, null, 3] }));
  expect(flat.openShape).toEqual([null]);
  expect(() => new Dense({ units: 2, name: "head" }).apply(flat)).toThrow(
    /layer head: expected an input of fixed extents, since the shape of its kernel depends on them, got \(None,\)/,
  );
  expect(() => new PReLU({ name: "slopes" }).apply(Input({ shape: [null, 4, 3] }))).toThrow(
    /layer slopes.* alpha/,
  );
});

it("keeps few programs of small sizes only as long as they are few", async () => {
  const image = Input({ shape: [null, 8, 3] });
  const model = new Model({ inputs: image, outputs: new GlobalAveragePooling2D().apply(image), device });
  const { cache } = (await model.ready()) as unknown as { cache: { size: number; bytes: number } };
  for (let height = 1; height <= 12; height++) await model.predict(images(1, height, 8));
  expect(cache.size).toBe(12);
  expect(cache.bytes).toBeLessThan(2 ** 27);
});

it("asks for the size where a layer of a file fits one only", () => {
  const layers = [
    { class_name: "InputLayer", config: { batch_input_shape: [null, null, null, 1], name: "i" } },
    { class_name: "Reshape", config: { name: "r", target_shape: [28, 28, 1] } },
  ];
  const config = parseModelConfig({ class_name: "Sequential", config: { name: "s", layers } }, "file.h5");
  const build = (size?: number) =>
    buildModel(config, { file: "file.h5", kerasVersion: "2.15.0" }, { device, size });
  expect(() => build()).toThrow(/^file\.h5: layer r.*; name the size of its images with `size`$/);
  expect(build(28).inputShape).toEqual([28, 28, 1]);
});
