/** An application with its top, by its name: what it sees, in ImageNet's names. Weights are seeded, from a server. */
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWeightsFile } from "../../src/io/keras/writeModel.js";
import { decodeImage } from "../../src/io/images/decode.js";
import { resizeImage } from "../../src/io/images/resize.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { applications, preprocessInput, resolveWeights } from "../../src/models/applications/index.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { tensor } from "../../src/tensor.js";
import { classIndexEntries, writeClassIndex } from "../support/classIndex.js";
import { writeThreeClasses } from "../support/images.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";

let cli: Cli;
let device: Device;
let folder: string;
let server: Server;
let image: string;
let expected: Float32Array;
const kerasHome = () => join(folder, "keras");
const classIndex = () => join(folder, "index.json");
const homeBefore = process.env.KERAS_HOME;

beforeAll(async () => {
  cli = await Cli.build();
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-application-"));
  await writeClassIndex(classIndex());
  await writeThreeClasses(join(folder, "pictures"), { train: 1, validation: 1, test: 1, size: 40 });
  image = join(folder, "pictures", "train", "discs", "discs.0.jpg");

  const model = applications.mobilenet.build({ seed: 4, device });
  const published = join(folder, "published.h5");
  const layers = model.layers.map(async (layer) => {
    const values = await layer.getWeights();
    const weights = layer.weights.map(({ name }, i) => ({
      name: `${layer.name}/${name}:0`,
      shape: [...values[i].shape],
      data: values[i].dataSync() as Float32Array,
    }));
    return { name: layer.name, weights };
  });
  await writeWeightsFile(published, await Promise.all(layers));
  server = createServer((_, response) => createReadStream(published).pipe(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await resolveWeights({ application: "mobilenet", kerasHome: kerasHome(), baseUrl });

  const pixels = resizeImage(await decodeImage(image), 224, 224, "nearest");
  const x = preprocessInput(tensor(pixels, [1, 224, 224, 3]), "tf");
  expected = (await model.predict(x)).dataSync();
  process.env.KERAS_HOME = kerasHome();
}, 120_000);
afterAll(async () => {
  if (homeBefore === undefined) delete process.env.KERAS_HOME;
  else process.env.KERAS_HOME = homeBefore;
  server.closeAllConnections();
  server.close();
  device.destroy();
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Names that two classes have end in their ids. */
const nameOf = ([id, label]: [string, string]) => (label === "crane" ? `crane (${id})` : label);

function best(): number {
  return expected.indexOf(expected.reduce((a, b) => Math.max(a, b)));
}

describe("mobilenet by its name", () => {
  it("predicts with its own size and preprocessing", async () => {
    const options = { classIndex: classIndex(), offline: true, device };
    const classifier = await Classifier.open("mobilenet", options);
    expect(classifier.classNames).toEqual(classIndexEntries.map(nameOf));
    expect(classifier.meta).toMatchObject({ inputShape: [224, 224, 3], preprocess: "tf" });
    const predictions = await classifier.predict(image);
    expect(predictions[0].label).toBe(nameOf(classIndexEntries[best()]));
    for (const { label, probability } of predictions) {
      const i = classifier.classNames.indexOf(label);
      expect(Math.abs(probability - expected[i])).toBeLessThanOrEqual(1e-5 * expected[best()]);
    }
  });

  it("does so on the command line", async () => {
    const command = ["predict", "--model", "mobilenet", "--offline", "--class-index", classIndex(), image];
    const { code, stdout, stderr } = await cli.run(command);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(nameOf(classIndexEntries[best()]));
    expect(stdout).toContain(expected[best()].toFixed(4));
  });

  it.each<[string, object, string]>([
    ["another preprocessing", { preprocess: "rescale" }, "mobilenet was trained with tf"],
    ["too few names", { classNames: ["cat", "dog"] }, "has 1000 classes, but 2 names were given"],
  ])("refuses %s", async (_, options, message) => {
    const pending = Classifier.open("mobilenet", {
      classIndex: classIndex(),
      offline: true,
      device,
      ...options,
    });
    await expect(pending).rejects.toThrow(message);
  });

  it("alone takes a class index", async () => {
    const pending = Classifier.open("model.h5", { classIndex: classIndex(), device });
    await expect(pending).rejects.toMatchObject({
      code: "usage",
      message: "`classIndex` is for an application by its name; model.h5 is a saved model",
    });
  });
});
