/** Models of other people: grey images, Teachable Machine, preprocessing inside the model. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import {
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  Input,
  Model,
  Normalization,
  RandomFlip,
  Rescaling,
  Resizing,
  Sequential,
  type Layer,
} from "../../src/index.js";
import { prepareImage } from "../../src/io/images/prepare.js";
import type { DecodedImage } from "../../src/io/images/formats.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { TrueDivide } from "../../src/models/layers/operations/index.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { evaluateOnFeatures, evaluateOnImages } from "../../src/transfer/classifier/evaluate.js";
import { extractFeaturesToFile } from "../../src/transfer/data/extract.js";
import { preprocessingLayer } from "../../src/transfer/model/ownPreprocessing.js";
import { trainHead } from "../../src/transfer/training/trainHead.js";
import { trainOnImages } from "../../src/transfer/training/trainOnImages.js";
import { createTestDevice } from "../support/run.js";

const image = (width: number, height: number, pixel: (x: number, y: number) => number[]): DecodedImage => {
  const values = Array.from({ length: height * width }, (_, i) =>
    pixel(i % width, Math.floor(i / width)),
  ).flat();
  return { width, height, channels: 3, data: Uint8Array.from(values) };
};

describe("prepareImage", () => {
  it("makes grey as Pillow does", () => {
    const colors = image(
      5,
      1,
      (x) =>
        [
          [255, 0, 0],
          [0, 255, 0],
          [0, 0, 255],
          [200, 200, 200],
          [255, 255, 255],
        ][x],
    );
    const grey = prepareImage(colors, { height: 1, width: 5, colorMode: "grayscale" });
    expect([...grey]).toEqual([76, 150, 29, 200, 255]);
  });

  it.each(["nearest", "bilinear"] as const)("cuts the middle to a square, %s", (interpolation) => {
    const pixel = (x: number, y: number) => [7 * x + y, 3 * y, (x * y) % 256];
    const size = { height: 6, width: 6, interpolation };
    // As with Pillow, the triangles of the outermost pixels reach beyond the cut.
    const inner = (pixels: Uint8Array) =>
      [1, 2, 3, 4].flatMap((y) => [...pixels.subarray(18 * y + 3, 18 * y + 15)]);
    const wide = prepareImage(image(30, 18, pixel), { ...size, cropToAspectRatio: true });
    expect(inner(wide)).toEqual(
      inner(
        prepareImage(
          image(18, 18, (x, y) => pixel(x + 6, y)),
          size,
        ),
      ),
    );
    const high = prepareImage(image(12, 20, pixel), { ...size, cropToAspectRatio: true });
    expect(inner(high)).toEqual(
      inner(
        prepareImage(
          image(12, 12, (x, y) => pixel(x, y + 4)),
          size,
        ),
      ),
    );
  });

  it("cuts between pixels where the rest is odd, as Pillow's ImageOps.fit", () => {
    // The box is from 0.5 to 2.5 of three pixels: the triangles of the two results are centred on 1 and 2.
    const row = image(3, 2, (x) => [100 * x, 0, 0]);
    const cut = prepareImage(row, {
      height: 2,
      width: 2,
      interpolation: "bilinear",
      cropToAspectRatio: true,
    });
    expect([cut[0], cut[3]]).toEqual([50, 150]);
  });
});

describe("models of images", () => {
  let device: Device;
  let folder: string;
  const inFolder = (...names: string[]) => join(folder, ...names);
  const disc = () => inFolder("images", "test", "discs", "discs.0.jpg");
  beforeAll(async () => {
    device = await createTestDevice();
    folder = await mkdtemp(join(tmpdir(), "wgraft-inputs-"));
    await writeImageFolders(inFolder("images"), { train: 2, validation: 1, test: 1, size: 40 });
  });
  afterAll(async () => {
    device.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it("of one channel read grey images: predict, evaluate, train", async () => {
    const path = inFolder("grey.h5");
    const layers = [new Flatten({ inputShape: [8, 8, 1] }), new Dense({ units: 2, activation: "softmax" })];
    await new Sequential(layers, { device, seed: 1 }).save(path);
    const classifier = await Classifier.open(path, {
      device,
      preprocess: "rescale",
      interpolation: "nearest",
    });
    const [{ probability }] = await classifier.predict(disc(), { top: 1 });
    for await (const one of classifier.predictFiles([disc()]))
      expect(one.probability).toBeCloseTo(probability, 6);
    const options = {
      device,
      data: inFolder("images"),
      preprocess: "rescale",
      interpolation: "nearest",
    } as const;
    expect((await evaluateOnImages({ ...options, model: path })).samples).toBe(2);
    const out = inFolder("grey-run");
    await trainOnImages({ ...options, out, init: path, trainable: ["all"], epochs: 1, batchSize: 4 });
    expect((await Classifier.open(out, { device })).meta).toMatchObject({ inputShape: [8, 8, 1] });
    await expect(Classifier.open(path, { device, preprocess: "caffe" })).rejects.toThrow(/is for 3 channels/);
  });

  it("of one channel make features, on which a head is trained, evaluated and predicts", async () => {
    const path = inFolder("grey-base.keras");
    const input = Input({ shape: [8, 8, 1] });
    const conv = new Conv2D({ filters: 3, kernelSize: 3, name: "conv" }).apply(input);
    const output = new Dense({ units: 2, activation: "softmax" }).apply(new Flatten().apply(conv));
    await new Model({ inputs: input, outputs: output, device, seed: 4, name: "grey" }).save(path);
    const data = inFolder("images");
    const options = { device, data, model: path, preprocess: "rescale", interpolation: "nearest" } as const;
    const file = inFolder("grey-features.h5");
    await expect(extractFeaturesToFile({ ...options, out: file })).rejects.toMatchObject({ option: "layer" });
    const app = { ...options, out: file, layer: "conv", app: "vgg16" } as const;
    await expect(extractFeaturesToFile(app)).rejects.toMatchObject({ code: "usage", option: "app" });
    const { meta, featureShape } = await extractFeaturesToFile({
      ...options,
      out: file,
      layer: "conv",
      cache: false,
    });
    expect(featureShape).toEqual([6, 6, 3]);
    expect(meta).toMatchObject({
      application: "grey",
      layer: "conv",
      inputShape: [8, 8, 1],
      savedModel: true,
    });
    const out = inFolder("grey-head");
    await trainHead({ device, features: file, out, epochs: 1, batchSize: 4 });
    const head = await Classifier.open(out, { device });
    const [{ label, probability }] = await head.predict(disc(), { top: 1 });
    for await (const one of head.predictFiles([disc()]))
      expect([one.label, one.probability]).toEqual([label, probability]);
    const onImages = await evaluateOnImages({ device, model: out, data, split: "test" });
    const onFeatures = await evaluateOnFeatures({ device, model: out, features: file, split: "test" });
    expect(onImages.loss).toBeCloseTo(onFeatures.loss, 5);
    const pooled = {
      ...options,
      out: file,
      overwrite: true,
      layer: "conv",
      pooling: "avg",
      cache: false,
    } as const;
    expect((await extractFeaturesToFile(pooled)).featureShape).toEqual([3]);
    // Another file in its place is noticed.
    await new Model({ inputs: input, outputs: output, device, name: "other" }).save(path);
    await expect(Classifier.open(out, { device })).rejects.toThrow(/features of another model than/);
  });

  it("of Teachable Machine take its labels and its preparation, and train on", async () => {
    const dir = inFolder("converted_keras");
    await mkdir(dir);
    const path = join(dir, "keras_model.h5");
    const input = Input({ shape: [12, 12, 3] });
    const conv = new Conv2D({ filters: 3, kernelSize: 3 }).apply(input);
    const network = new Model({ inputs: input, outputs: conv, name: "model1", device });
    const features = new Sequential([network, new GlobalAveragePooling2D()], {
      name: "sequential_1",
      device,
    });
    const head = new Sequential(
      [new Dense({ units: 4, inputDim: 3 }), new Dense({ units: 2, activation: "softmax", useBias: false })],
      { name: "sequential_3", device },
    );
    await new Sequential([features, head], { device }).save(path);
    await expect(Classifier.open(path, { device })).rejects.toThrow("nothing records");
    await writeFile(join(dir, "labels.txt"), "0 discs\r\n1 stripes\r\n");
    const notes: string[] = [];
    const classifier = await Classifier.open(path, { device, onNote: (note) => notes.push(note) });
    expect(classifier.classNames).toEqual(["discs", "stripes"]);
    expect(notes).toEqual([expect.stringContaining("a Teachable Machine export")]);
    expect(classifier.meta).toMatchObject({
      ...{ preprocess: "tf", interpolation: "bilinear", cropToAspectRatio: true },
    });
    const wide = image(30, 12, (x, y) => (x < 9 || x > 20 ? [255, 255, 255] : [5 * x, 9 * y, 0]));
    const middle = image(12, 12, (x, y) => [5 * (x + 9), 9 * y, 0]);
    expect(await classifier.predict(wide)).toEqual(await classifier.predict(middle));
    const out = inFolder("teachable-run");
    await trainOnImages({ device, data: inFolder("images"), out, init: path, epochs: 1, batchSize: 4 });
    expect((await Classifier.open(out, { device })).meta).toMatchObject({ cropToAspectRatio: true });
    const withLabels = async (labels: string) => {
      await writeFile(join(dir, "labels.txt"), labels);
      return (await Classifier.open(path, { device })).classNames;
    };
    expect(await withLabels("\ufeff0 red discs\n\n 1 1 stripe \n")).toEqual(["red discs", "1 stripe"]);
    expect(await withLabels("discs\nstripes")).toEqual(["discs", "stripes"]);
    await expect(withLabels("0 discs\n")).rejects.toThrow(/names 1 classes, .* has 2/);
    await expect(withLabels("1 stripes\n0 discs\n")).rejects.toThrow('expected "0 NAME", got "1 stripes"');
    await expect(withLabels("0 discs\nstripes\n")).rejects.toThrow('expected "1 NAME", got "stripes"');
  });

  const shape = [8, 8, 3] as const;
  const scaled = (scale: number) => new Rescaling({ scale, name: "scaled" });
  const normal = (mean: number) => new Normalization({ mean, variance: 4, name: "normal" });
  it.each<[string | undefined, () => Layer[]]>([
    ["scaled", () => [scaled(1 / 255)]],
    ["scaled", () => [new Resizing({ height: 4, width: 4 }), new RandomFlip(), scaled(1 / 127.5)]],
    [
      "scaled",
      () => [new Sequential([new Resizing({ height: 4, width: 4, inputShape: shape }), scaled(1 / 255)])],
    ],
    ["normal", () => [normal(120)]],
    ["divided", () => [new TrueDivide({ x2: 255, name: "divided" })]],
    [undefined, () => [new Resizing({ height: 4, width: 4 })]],
    [undefined, () => [scaled(2)]],
    [undefined, () => [normal(0.5)]],
    [undefined, () => [new Conv2D({ filters: 3, kernelSize: 1 }), scaled(1 / 255)]],
  ])("that begin with %s", async (name, layers) => {
    const input = Input({ shape });
    const output = [...layers(), new Flatten(), new Dense({ units: 2, activation: "softmax" })].reduce(
      (x, layer) => layer.apply(x),
      input,
    );
    const model = new Model({ inputs: input, outputs: output, device, seed: 1 });
    expect((await preprocessingLayer(model))?.name).toBe(name);
    const path = inFolder("own.keras");
    await model.save(path);
    const open = (preprocess?: "rescale" | "none") => Classifier.open(path, { device, preprocess });
    if (name === undefined) await expect(open()).rejects.toThrow("nothing records");
    else {
      expect(await (await open()).predict(disc())).toEqual(await (await open("none")).predict(disc()));
      await expect(open("rescale")).rejects.toThrow(`preprocesses its images itself (layer ${name})`);
    }
  });
});
