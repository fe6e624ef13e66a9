/** One-hot and sparse labels of three classes, end to end: the same training either way. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import { Sequential } from "../../src/models/sequential.js";
import { expectClose } from "../support/expectClose.js";
import { temporaryFolder, writeThreeClasses } from "../support/images.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const generator = new ImageDataGenerator({ rescale: 1 / 255 });

async function train(dir: string, kind: "categorical" | "sparse") {
  const options = { targetSize: [16, 16], batchSize: 4, classMode: kind, seed: 6 } as const;
  const training = await generator.flowFromDirectory(`${dir}/train`, options);
  const validation = await generator.flowFromDirectory(`${dir}/validation`, options);
  expect(training.classIndices).toEqual({ discs: 0, plain: 1, stripes: 2 });
  const model = new Sequential(
    [
      new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [16, 16, 3] }),
      new GlobalAveragePooling2D(),
      new Dense({ units: 3, activation: "softmax" }),
    ],
    { seed: 9, device },
  );
  const loss = kind === "sparse" ? "sparse_categorical_crossentropy" : "categorical_crossentropy";
  model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss, metrics: ["acc"] });
  const { history } = await model.fit(training, { epochs: 4, validationData: validation });
  return { model, history, validation };
}

it("trains, evaluates and saves with one-hot rows as with class indices", async () => {
  const dir = await temporaryFolder();
  await writeThreeClasses(dir, { train: 6, validation: 3, size: 24 });
  const [oneHot, sparse] = [await train(dir, "categorical"), await train(dir, "sparse")];
  expect(oneHot.history.loss[3]).toBeLessThan(oneHot.history.loss[0]);
  for (const name of ["loss", "acc", "val_loss", "val_acc"])
    expectClose(sparse.history[name], oneHot.history[name], { relative: 1e-4, absolute: 1e-5 });

  const { loss, acc } = await oneHot.model.evaluate(oneHot.validation);
  expect(loss).toBeCloseTo(oneHot.history.val_loss[3], 5);
  const outputs = await oneHot.model.predict(oneHot.validation);
  expect(outputs.shape).toEqual([9, 3]);
  const rows = Array.from({ length: 9 }, (_, i) => [...outputs.slice(i, i + 1).dataSync()]);
  for (const row of rows) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === oneHot.validation.classes[i]);
  expect(acc).toBeCloseTo(right.length / 9, 6);

  await oneHot.model.save(`${dir}/model.h5`);
  const loaded = await loadModel(`${dir}/model.h5`, { device });
  expect(await loaded.evaluate(oneHot.validation)).toEqual({ loss, acc });
});
