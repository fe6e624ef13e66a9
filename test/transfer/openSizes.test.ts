/** Models that take images of any size: predicted and evaluated each in its own, trained in the size that all have. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  Input,
  loadModel,
  Model,
  Rescaling,
  Resizing,
  tensor,
  type Layer,
} from "../../src/index.js";
import { decodeImage } from "../../src/io/images/decode.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { mulberry32 } from "../../src/models/random.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { evaluateOnImages } from "../../src/transfer/classifier/evaluate.js";
import { planMemory } from "../../src/transfer/model/memory.js";
import { trainOnImages } from "../../src/transfer/training/trainOnImages.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-sizes-"));
  const sizes = [
    [12, 9],
    [7, 20],
    [12, 9],
    [16, 16],
  ];
  await writeImages("mixed", sizes);
  await writeImages(
    "equal",
    sizes.map(() => [11, 8]),
  );
  await saveOpen("open.keras", []);
  await saveOpen("resizing.h5", [new Resizing({ height: 8, width: 8 })]);
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** Two classes in two splits, with an image of each size. */
async function writeImages(name: string, sizes: readonly (readonly number[])[]): Promise<void> {
  const next = mulberry32(3);
  for (const split of ["train", "test"])
    for (const kind of ["dark", "light"]) {
      const dir = join(folder, name, split, kind);
      await mkdir(dir, { recursive: true });
      for (const [i, [height, width]] of sizes.entries()) {
        const bright = kind === "light" ? 128 : 0;
        const data = Uint8Array.from({ length: height * width * 3 }, () => bright + 127 * next());
        await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toFile(join(dir, `${i}.png`));
      }
    }
}

async function saveOpen(name: string, before: readonly Layer[]): Promise<void> {
  const image = Input({ shape: [null, null, 3] });
  const output = [
    ...before,
    new Rescaling({ scale: 1 / 255 }),
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 2, activation: "softmax" }),
  ].reduce((x, layer) => layer.apply(x), image);
  await new Model({ inputs: image, outputs: output, device, seed: 6 }).save(inFolder(name));
}

const images = (kind: string) => [0, 1, 2, 3].map((i) => join(folder, "mixed", "test", kind, `${i}.png`));

it.each(["open.keras", "resizing.h5"])("predicts each image in its own size: %s", async (name) => {
  const classifier = await Classifier.open(inFolder(name), { device });
  const model = await loadModel(inFolder(name), { device });
  const paths = images("light");
  const found: (readonly number[])[] = [];
  for await (const { probabilities } of classifier.predictFiles(paths)) found.push(probabilities);
  for (const [i, path] of paths.entries()) {
    const { height, width, data } = await decodeImage(path);
    const y = (await model.predict(tensor(data, [1, height, width, 3]))).dataSync();
    y.forEach((value, k) => expect(found[i][k]).toBeCloseTo(value, 6));
    const [{ probability }] = await classifier.predict(path, { top: 1 });
    expect(probability).toBeCloseTo(Math.max(...y), 6);
  }
});

it("evaluates each image in its own size", async () => {
  const model = inFolder("open.keras");
  const classifier = await Classifier.open(model, { device });
  const correct = [0, 0];
  for (const [label, kind] of ["dark", "light"].entries())
    for await (const { probabilities } of classifier.predictFiles(images(kind)))
      if (probabilities[label] > 0.5) correct[label]++;
  const { samples, confusion } = await evaluateOnImages({ device, model, data: inFolder("mixed") });
  expect(samples).toBe(8);
  expect(confusion.map((row, label) => row[label])).toEqual(correct);
});

it("trains in the size that all images have, else in the one that is given", async () => {
  const train = (data: string, out: string, size?: number) =>
    trainOnImages({
      ...{ device, data: inFolder(data), out: inFolder(out), init: inFolder("open.keras") },
      ...{ trainable: ["all"], epochs: 1, batchSize: 4, interpolation: "nearest", size },
    });
  await train("equal", "own");
  expect((await Classifier.open(inFolder("own"), { device })).meta).toMatchObject({ inputShape: [11, 8, 3] });
  await expect(train("mixed", "none")).rejects.toMatchObject({
    code: "usage",
    option: "size",
    message: expect.stringMatching(
      /a batch needs one: .*0\.png has 12×9, .*1\.png has 7×20; name one with `size`/,
    ) as string,
  });
  await train("mixed", "given", 10);
  expect((await Classifier.open(inFolder("given"), { device })).meta).toMatchObject({
    inputShape: [10, 10, 3],
  });
});

it("plans no memory for a size that is not known", async () => {
  const model = await loadModel(inFolder("open.keras"), { device });
  await expect(planMemory(model)).rejects.toMatchObject({ code: "usage", option: "size" });
});
