/** Models that leave the height and width of their images open: the size is given, and inner models take what they are called on. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  Input,
  loadModel,
  Model,
  Sequential,
  tensor,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { withSavedFile } from "../../src/io/keras/savedFile.js";
import { writeLegacyModel } from "../../src/io/keras/writeModel.js";
import { readWeights } from "../../src/io/keras/weightsFile.js";
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

it.each(["sequential", "functional"] as const)("a %s model takes the size that is given", async (kind) => {
  const path = join(folder, `${kind}.h5`);
  const original = sized(8)[kind]();
  await saveOpen(original, path);
  await expect(loadModel(path, { device })).rejects.toMatchObject({
    code: "not-supported",
    option: "size",
    message: expect.stringContaining("takes images of any size: name one with `size`") as string,
  });
  for (const size of [8, [8, 8], 5, [6, 9]] as const) {
    const model = await loadModel(path, { device, size });
    const [height, width] = [size, size].flat() as [number, number];
    const x = tensor(
      Float32Array.from({ length: height * width * 3 }, (_, i) => Math.sin(i)),
      [1, height, width, 3],
    );
    const y = await (await model.predict(x)).data();
    expect(y.every(Number.isFinite)).toBe(true);
    if (height === 8) expect([...y]).toEqual([...(await (await original.predict(x)).data())]);
    else expect(model.inputShape).toEqual([height, width, 3]);
  }
  await expect(loadSimpleModel(join(folder, "plain.h5"), { device, size: 5 })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("`size` 5:") as string,
  });
});
