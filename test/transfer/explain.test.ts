/** Heat maps and feature maps of images, through a classifier. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import {
  CenterCrop,
  Classifier,
  Conv2D,
  decodeImage,
  Dense,
  encodePng,
  extractFeaturesToFile,
  featureMapGrid,
  Flatten,
  GlobalAveragePooling2D,
  gradCam,
  Input,
  layerActivations,
  loadModel,
  MaxPooling2D,
  Model,
  overlayHeatmap,
  Resizing,
  Sequential,
  tensor,
  trainHead,
  type DecodedImage,
  type Layer,
} from "../../src/index.js";
import { prepareImage } from "../../src/io/images/prepare.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { openImageInputs } from "../../src/transfer/classifier/imageInputs.js";
import { openSavedModel } from "../../src/transfer/classifier/savedModel.js";
import { explainPixels } from "../../src/transfer/explain/explain.js";
import { explainSome } from "../../src/transfer/explain/explainSome.js";
import { heatOfImage } from "../../src/transfer/explain/heatmap.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
let image: DecodedImage;
const inFolder = (...parts: string[]) => join(folder, ...parts);

/** A base and a head on its features, trained apart from each other. */
beforeAll(async () => {
  [device, folder] = await Promise.all([createTestDevice(), mkdtemp(join(tmpdir(), "wgraft-explain-"))]);
  await writeImageFolders(inFolder("images"), { train: 4, validation: 2, size: 40 });
  const base = new Sequential(
    [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [24, 24, 3], name: "first" }),
      new MaxPooling2D({ poolSize: 2, name: "pool" }),
      new Conv2D({ filters: 6, kernelSize: 3, activation: "relu", name: "last" }),
      new Flatten({ name: "flat" }),
      new Dense({ units: 2, activation: "softmax", name: "end" }),
    ],
    { device, seed: 3, name: "small" },
  );
  base.compile({ loss: "sparse_categorical_crossentropy" });
  await base.save(inFolder("base.h5"));
  await extractFeaturesToFile({
    ...{ data: inFolder("images"), out: inFolder("features.h5"), model: inFolder("base.h5"), layer: "last" },
    ...{ preprocess: "rescale", interpolation: "bilinear", cache: false, device },
  });
  const head = { features: inFolder("features.h5"), out: inFolder("run"), epochs: 3, units: 8 };
  await trainHead({ ...head, optimizer: "adam", learningRate: 1e-2, seed: 4, device });
  image = await decodeImage(inFolder("images", "train", "stripes", "stripes.0.jpg"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** The same network, put together by hand from the files. */
async function wholeNetwork(): Promise<Model> {
  const base = await loadModel(inFolder("base.h5"), { device });
  const head = await loadModel(inFolder("run", "model.h5"), { device });
  const x = Input({ shape: [24, 24, 3] });
  const maps = ["first", "pool", "last"].reduce((y, name) => base.getLayer(name).apply(y), x);
  return new Model({ inputs: x, outputs: head.apply(new Flatten().apply(maps)), device });
}

describe("a head that was trained on features", () => {
  it("is explained through its base", async () => {
    const whole = await wholeNetwork();
    const size = { height: 24, width: 24, interpolation: "bilinear" } as const;
    const x = tensor(prepareImage(image, size), [1, 24, 24, 3]);
    const pets = await Classifier.open(inFolder("run"), { device });
    for (const [index, name] of ["discs", "stripes"].entries()) {
      const explained = await pets.explain(image, { class: name });
      const { heatmaps } = await gradCam(whole, x, { classes: [index], preprocess: "rescale" });
      const expected = heatOfImage(heatmaps.reshape(heatmaps.shape.slice(1)), image);
      expect(explained.heatmap.shape).toEqual([image.height, image.width]);
      expectClose(explained.heatmap.dataSync(), expected.dataSync(), { absolute: 1e-5 });
      expect(explained).toMatchObject({ label: name, layer: "last" });
      const [best] = await pets.predict(image);
      expect(explained.predicted).toEqual(best);
    }
    const { activations } = await pets.featureMaps(image, { layer: "first" });
    const expected = await layerActivations(whole, x, { layer: "first", preprocess: "rescale" });
    expectClose(activations.dataSync(), expected.activations.dataSync());
  });

  it("explains the predicted class by default, and takes an index", async () => {
    const pets = await Classifier.open(inFolder("run"), { device });
    const { label, predicted } = await pets.explain(image);
    expect(label).toBe(predicted.label);
    expect((await pets.explain(image, { class: 0 })).label).toBe("discs");
    await expect(pets.explain(image, { class: "strips" })).rejects.toThrow(
      "`class` strips: there is no such class; did you mean stripes?",
    );
    await expect(pets.explain(image, { class: 2 })).rejects.toThrow("there are: discs, stripes");
    await expect(pets.explain(image, { layer: "flat" })).rejects.toMatchObject({ option: "layer" });
  });

  it("makes small images for a page", async () => {
    const path = inFolder("large.png");
    await sharp(image.data, { raw: image }).resize(300, 200).png().toFile(path);
    const saved = await openSavedModel(inFolder("run"), { device });
    const images = await openImageInputs(saved, { device });
    const explainable = { saved, images, classNames: ["discs", "stripes"] };
    const samples = [inFolder("gone.png"), path].map((one) => ({
      sample: { path: one, relative: "large.png" },
      actual: "stripes",
    }));
    const { heatMaps = [] } = await explainSome(samples, explainable, undefined);
    // The other image is omitted.
    expect(heatMaps).toHaveLength(1);
    const [{ file, class: label, probability, actual, image: plain, overlay }] = heatMaps;
    for (const bytes of [plain, overlay]) {
      const { width = 0, height = 0, format } = await sharp(bytes).metadata();
      expect([width, height, format]).toEqual([160, 107, "jpeg"]);
    }
    const pets = await Classifier.open(inFolder("run"), { device });
    const [predicted] = await pets.predict(path);
    expect([file, label, actual]).toEqual(["large.png", predicted.label, "stripes"]);
    expect(probability).toBeCloseTo(predicted.probability, 5);
  });

  it("says on a page why a model has no heat maps", async () => {
    const saved = await openSavedModel(inFolder("run"), { device });
    const images = await openImageInputs(saved, { device });
    const model = new Sequential(
      [new Flatten({ inputShape: [24, 24, 3] }), new Dense({ units: 2, activation: "softmax" })],
      { device, name: "flat" },
    );
    const whole = () => ({ model, preprocess: "rescale" as const });
    const explainable = { saved, images: { ...images, whole }, classNames: ["discs", "stripes"] };
    const sample = { path: inFolder("images", "train", "stripes", "stripes.0.jpg"), relative: "a" };
    const { heatMaps, unexplained } = await explainSome(
      [{ sample, actual: "stripes" }],
      explainable,
      undefined,
    );
    expect(heatMaps).toBeUndefined();
    expect(unexplained).toMatch(/^There are no heat maps: .*flat.*\.$/);
  });
});

describe("heatOfImage", () => {
  it("interpolates between the centers of cells", () => {
    const heat = heatOfImage(tensor([0, 1], [1, 2]), { width: 8, height: 2 });
    const row = [0, 0, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1, 1];
    expectClose(heat.dataSync(), [...row, ...row]);
  });

  it("is 0 outside of what the model has seen", () => {
    const box = { left: 2, top: 0, width: 4, height: 4 };
    const heat = heatOfImage(tensor([1], [1, 1]), { width: 8, height: 4 }, box);
    expect([...heat.dataSync().subarray(0, 8)]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it("follows a cut to the middle", async () => {
    const model = await loadModel(inFolder("base.h5"), { device });
    const wide = { width: 60, height: 20, channels: 3, data: new Uint8Array(3600).fill(90) } as const;
    const preparation = { interpolation: "bilinear", colorMode: "rgb", exif: false } as const;
    const cut = { ...preparation, height: 24, width: 24, cropToAspectRatio: true };
    const images = {
      preparation: cut,
      outputsOf: async () => tensor([0.2, 0.8], [1, 2]),
      whole: () => ({ model, preprocess: "rescale" as const }),
    };
    const subject = { saved: { model, meaning: "probabilities" as const }, images, classNames: ["a", "b"] };
    const largest: number[] = [];
    for (const name of subject.classNames) {
      const options = { layer: undefined, class: name, signal: undefined };
      const { heatmap, predicted } = await explainPixels(subject, wide, options);
      expect(predicted.label).toBe("b");
      const heat = heatmap.dataSync();
      const outside = heat.filter((_, i) => i % 60 < 20 || i % 60 >= 40);
      expect(outside.every((value) => value === 0)).toBe(true);
      largest.push(Math.max(...heat));
    }
    expect(Math.max(...largest)).toBeGreaterThan(0.9);
  });
});

describe("a model that resizes images itself", () => {
  const saved = { meaning: "probabilities" as const };
  const reading = {
    interpolation: "bilinear",
    colorMode: "rgb",
    exif: false,
    cropToAspectRatio: false,
  } as const;

  interface Heat {
    readonly heatmap: Float32Array;
    readonly wide: DecodedImage;
    readonly model: Model;
  }

  /** The heat over a wide image of a model that begins with a layer. */
  async function heatOver(first: Layer, size: readonly (number | null)[]): Promise<Heat> {
    const x = Input({ shape: [...size, 3] });
    const conv = new Conv2D({ filters: 3, kernelSize: 3, activation: "relu" });
    const maps = new GlobalAveragePooling2D().apply(conv.apply(first.apply(x)));
    const outputs = new Dense({ units: 2, activation: "softmax", name: "end" }).apply(maps);
    const model = new Model({ inputs: x, outputs, device, seed: 2 });
    // Every map speaks for class 1.
    await model.getLayer("end").setWeights([tensor([0, 1, 0, 1, 0, 1], [3, 2]), tensor([0, 0], [2])]);
    const [height, width] = size;
    const images = {
      preparation: { ...reading, ...(height && width && { height, width }) },
      outputsOf: async () => tensor([0.2, 0.8], [1, 2]),
      whole: () => ({ model, preprocess: "rescale" as const }),
    };
    const wide = { ...image, width: 60, height: 20, data: image.data.slice(0, 3600) };
    const subject = { saved: { ...saved, model }, images, classNames: ["a", "b"] };
    const options = { layer: undefined, class: undefined, signal: undefined };
    const { heatmap } = await explainPixels(subject, wide, options);
    return { heatmap: heatmap.dataSync(), wide, model };
  }
  const columns = (heat: Float32Array, from: number, to: number) =>
    heat.filter((_, i) => i % 60 >= from && i % 60 < to);

  it.each([
    ["Resizing", new Resizing({ height: 10, width: 10, cropToAspectRatio: true }), [null, null]],
    ["CenterCrop", new CenterCrop({ height: 20, width: 20 }), [20, 60]],
  ] as const)("%s: the heat is in the part that it leaves", async (_, layer, size) => {
    const { heatmap: heat } = await heatOver(layer, size);
    expect(Math.max(...columns(heat, 0, 20), ...columns(heat, 40, 60))).toBe(0);
    expect(Math.max(...columns(heat, 20, 40))).toBeGreaterThan(0.9);
  });

  it("bars around an image are not part of it", async () => {
    const heat = await heatOver(new Resizing({ height: 12, width: 12, padToAspectRatio: true }), [
      null,
      null,
    ]);
    const { heatmap, wide } = heat;
    const x = tensor(wide.data, [1, 20, 60, 3]);
    const { heatmaps } = await gradCam(heat.model, x, { classes: [1], preprocess: "rescale" });
    // A third of the maps' height is the image.
    const box = { left: 0, top: -20, width: 60, height: 60 };
    const expected = heatOfImage(heatmaps.reshape([10, 10]), wide, box);
    expect(heatmaps.shape).toEqual([1, 10, 10]);
    expectClose(heatmap, expected.dataSync());
  });
});

describe("images of maps", () => {
  it("lays colors over an image in grey", () => {
    const white = { width: 2, height: 1, channels: 3, data: new Uint8Array(6).fill(255) } as const;
    const over = overlayHeatmap(white, tensor([0, 1], [1, 2]), { opacity: 1, colors: "viridis" });
    // 35% of viridis' first color over white, and its last alone.
    expect([...over.data]).toEqual([190, 166, 195, 253, 231, 37]);
    expect(() => overlayHeatmap(white, tensor([0], [1, 1]))).toThrow("a heat map (1, 2)");
  });

  it("puts the channels of a layer into a grid", async () => {
    const maps = tensor([0, 5, 1, 5, 2, 5, 3, 5], [2, 2, 2]);
    const grid = featureMapGrid(maps);
    expect([grid.width, grid.height]).toEqual([2 * 64 + 2, 64]);
    const at = (x: number, y: number) => [...grid.data.subarray((y * grid.width + x) * 3).subarray(0, 3)];
    const levels = [at(0, 0), at(63, 0), at(0, 63), at(63, 63)];
    // Further from purple, nearer to yellow.
    expect(levels.map(([, green]) => green)).toEqual(levels.map(([, green]) => green).sort((a, b) => a - b));
    expect(at(64, 0)).toEqual([255, 255, 255]);
    // The same everywhere: nothing to see.
    expect(at(66, 10)).toEqual([0, 0, 0]);
    const { data } = await decodeImage(await encodePng(grid));
    expect(Uint8Array.from(data)).toEqual(grid.data);
  });
});
