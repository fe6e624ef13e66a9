/** Options, draws and flows of the ImageDataGenerator. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import type { ImageFlow } from "../../src/models/data/imageFlow.js";
import type { Batch, Pass } from "../../src/models/training/batches.js";
import { tensor, Tensor } from "../../src/tensor.js";
import { loadGolden } from "../support/golden.js";
import { plainPng, temporaryFolder, writeTree } from "../support/images.js";

const golden = loadGolden("keras/imagegen");
const shape = [20, 30, 3];

/** `count` draws of a generator, by seeds 0, 1, 2, … */
function draws(generator: ImageDataGenerator, count = 400) {
  return Array.from({ length: count }, (_, seed) => generator.getRandomTransform(shape, seed));
}

/** Smallest and largest of some numbers. */
function ends(values: readonly (number | undefined)[]): [number, number] {
  const numbers = values.map((value) => value ?? NaN);
  return [Math.min(...numbers), Math.max(...numbers)];
}

/** Asserts that draws lie in [low, high] and come within a twentieth of both ends. */
function expectUniform(values: readonly (number | undefined)[], low: number, high: number): void {
  const [least, most] = ends(values);
  const margin = (high - low) / 20;
  expect(least).toBeGreaterThanOrEqual(low);
  expect(least).toBeLessThan(low + margin);
  expect(most).toBeLessThanOrEqual(high);
  expect(most).toBeGreaterThan(high - margin);
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

/** The next `count` batches as Keras's `next()` gives them. */
async function take<Y extends Tensor<"float32"> | undefined>(flow: ImageFlow<Y>, count: number) {
  const all: (readonly [x: Tensor<"float32">, y: Y])[] = [];
  while (all.length < count) all.push((await flow.next()).value);
  return all;
}

describe("getRandomTransform", () => {
  it("draws from Keras's ranges", () => {
    const all = draws(
      new ImageDataGenerator({
        rotationRange: 40,
        widthShiftRange: 0.2,
        heightShiftRange: 0.1,
        shearRange: 0.3,
        zoomRange: 0.2,
        horizontalFlip: true,
        verticalFlip: true,
        channelShiftRange: 25,
        brightnessRange: [0.4, 1.9],
      }),
    );
    const of = <K extends keyof (typeof all)[0]>(name: K) => all.map((parameters) => parameters[name]);
    expectUniform(of("theta"), -40, 40);
    // The height shift is of rows: 20 of them; the width shift of 30 columns.
    expectUniform(of("tx"), -2, 2);
    expectUniform(of("ty"), -6, 6);
    expectUniform(of("shear"), -0.3, 0.3);
    expectUniform(of("zx"), 0.8, 1.2);
    expectUniform(of("zy"), 0.8, 1.2);
    expectUniform(of("channelShiftIntensity"), -25, 25);
    expectUniform(of("brightness"), 0.4, 1.9);
    for (const flips of [of("flipHorizontal"), of("flipVertical")]) {
      const share = flips.filter(Boolean).length / flips.length;
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(0.6);
    }
    expect(of("zx")).not.toEqual(of("zy"));
  });

  it("draws nothing that no range asks for", () => {
    const nothing = {
      theta: 0,
      tx: 0,
      ty: 0,
      shear: 0,
      zx: 1,
      zy: 1,
      flipHorizontal: false,
      flipVertical: false,
    };
    for (const parameters of draws(new ImageDataGenerator(), 20)) expect(parameters).toEqual(nothing);
  });

  it("takes shifts as numpy's choice does: whole pixels, lists, pixels", () => {
    const shifts = (range: number | number[]) =>
      draws(new ImageDataGenerator({ heightShiftRange: range })).map(({ tx }) => tx! + 0);
    expect([...new Set(shifts(3))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect([...new Set(shifts([2, 7]))].sort((a, b) => a - b)).toEqual([-7, -2, 2, 7]);
    expect([...new Set(shifts([0.1, 0.5]))].sort((a, b) => a - b)).toEqual([-10, -2, 2, 10]);
    expectUniform(shifts(3.5), -3.5, 3.5);
  });

  it("takes zooms of one side of 1", () => {
    const all = draws(new ImageDataGenerator({ zoomRange: [0.5, 0.9] }));
    expectUniform(
      all.map(({ zx }) => zx),
      0.5,
      0.9,
    );
  });

  it("gives the numbers of one seed again, and those of a later flip whether or not there is one", () => {
    const a = new ImageDataGenerator({ rotationRange: 10, brightnessRange: [0, 1] });
    const b = new ImageDataGenerator({ rotationRange: 10, brightnessRange: [0, 1], horizontalFlip: true });
    expect(draws(a)).toEqual(draws(a));
    expect(draws(a).map(({ brightness }) => brightness)).toEqual(
      draws(b).map(({ brightness }) => brightness),
    );
    expect(a.getRandomTransform(shape)).not.toEqual(a.getRandomTransform(shape));
  });
});

describe("ImageDataGenerator", () => {
  it("has Keras's numbers for rescale", () => {
    const generator = new ImageDataGenerator({ rescale: 1 / 255 });
    const got = generator.standardize(golden.tensor("square"));
    expect(got.dataSync()).toEqual(golden.tensor("standardize_rescale").dataSync());
  });

  it("preprocesses before it rescales, and checks that the shape stays", () => {
    const plusOne = (image: Tensor<"float32">) =>
      new Tensor(
        image.dataSync().map((value) => value + 1),
        image.shape,
        "float32",
      );
    const image = tensor([1, 2, 3], [1, 1, 3]);
    const standardized = (options: ConstructorParameters<typeof ImageDataGenerator>[0]) => [
      ...new ImageDataGenerator(options).standardize(image).dataSync(),
    ];
    expect(standardized({ preprocessingFunction: plusOne, rescale: 2 })).toEqual([4, 6, 8]);
    expect(standardized({ preprocessingFunction: "tf", rescale: 127.5 })[2]).toBeCloseTo(3 - 127.5, 4);
    expect([...image.dataSync()]).toEqual([1, 2, 3]);
    const flat = (given: Tensor<"float32">) => given.reshape([3]);
    expect(() => standardized({ preprocessingFunction: flat })).toThrow(
      "preprocessingFunction: expected float32 (1, 1, 3), got float32 (3,)",
    );
  });

  it("transforms by its own fill mode and convention", () => {
    const parameters = { tx: 2 };
    const image = golden.tensor("square");
    const got = new ImageDataGenerator({ convention: "keras2" }).applyTransform(image, parameters);
    expect(got.dataSync()).toEqual(golden.tensor("kp112/square/tx2").dataSync());
    const constant = new ImageDataGenerator({ fillMode: "constant", cval: -3 }).applyTransform(image, {
      tx: 30,
    });
    expect([...new Set(constant.dataSync())]).toEqual([-3]);
    const moved = new ImageDataGenerator({ widthShiftRange: [3], fillMode: "wrap" }).randomTransform(
      image,
      1,
    );
    expect(moved.dataSync()).not.toEqual(image.dataSync());
  });

  it.each([
    [{ fillMode: "edge" }, 'fillMode: expected "nearest", "constant", "reflect" or "wrap", got "edge"'],
    [{ validationSplit: 1 }, "validationSplit: expected a number above 0 and below 1, or null, got 1"],
    [{ zoomRange: [1, 2, 3] }, "zoomRange: expected a number or two, got [1, 2, 3]"],
    [{ brightnessRange: 0.5 }, "brightnessRange: expected two numbers, or null, got 0.5"],
    [{ rotationRange: NaN }, "rotationRange: expected a number of degrees, got NaN"],
    [
      { preprocessingFunction: "imagenet" },
      'preprocessingFunction: expected a function or "rescale", "caffe", "tf", "torch" or "none", or null, got "imagenet"',
    ],
    [
      { rotation_range: 40 },
      "ImageDataGenerator: there is no option rotation_range; did you mean rotationRange?",
    ],
  ])("refuses %o", (options, message) => {
    expect(() => new ImageDataGenerator(options as object)).toThrow(message);
  });
});

/** Images of one colour each: image i holds the value i. */
function numbered(n: number, dtype: "uint8" | "float32" = "uint8"): { x: Tensor; y: Tensor } {
  const values = Array.from({ length: n * 12 }, (_, i) => Math.floor(i / 12));
  const x = dtype === "uint8" ? tensor(Uint8Array.from(values), [n, 2, 2, 3]) : tensor(values, [n, 2, 2, 3]);
  return { x, y: tensor(Float32Array.from({ length: n }, (_, i) => 100 + i)) };
}

const first = { epoch: 0, repeat: 0 };

describe("flow", () => {
  it.each(["uint8", "float32"] as const)(
    "goes through all %s images, the last batch short, then again",
    async (dtype) => {
      const { x, y } = numbered(7, dtype);
      const flow = new ImageDataGenerator({ rescale: 2 }).flow(x, y, { batchSize: 3, shuffle: false });
      expect(flow.length).toBe(3);
      const batches = await take(flow, 4);
      expect(batches.map(([images]) => images.shape)).toEqual([
        [3, 2, 2, 3],
        [3, 2, 2, 3],
        [1, 2, 2, 3],
        [3, 2, 2, 3],
      ]);
      expect(batches.map(([, labels]) => [...labels.dataSync()])).toEqual([
        [100, 101, 102],
        [103, 104, 105],
        [106],
        [100, 101, 102],
      ]);
      for (const [images, labels] of batches) {
        const wanted = [...labels.dataSync()].flatMap((label) => Array<number>(12).fill(2 * (label - 100)));
        expect([...images.dataSync()]).toEqual(wanted);
      }
    },
  );

  it("shuffles every epoch anew, labels and images together, by its seed", async () => {
    const { x, y } = numbered(6);
    const epochs = async (seed?: number) => {
      const batches = await take(new ImageDataGenerator().flow(x, y, { batchSize: 4, seed }), 6);
      for (const [images, labels] of batches) {
        expect([...labels.dataSync()]).toEqual(
          [...images.dataSync()].filter((_, i) => i % 12 === 0).map((v) => v + 100),
        );
      }
      return [0, 2, 4].map((i) => [...batches[i][1].dataSync(), ...batches[i + 1][1].dataSync()]);
    };
    const shuffled = await epochs(5);
    for (const epoch of shuffled) expect([...epoch].sort()).toEqual([100, 101, 102, 103, 104, 105]);
    expect(shuffled[0]).not.toEqual(shuffled[1]);
    expect(await epochs(5)).toEqual(shuffled);
    expect(await epochs(6)).not.toEqual(shuffled);
  });

  it("can be looped over, and left and taken up again", async () => {
    const { x } = numbered(4);
    const flow = new ImageDataGenerator().flow(x, undefined, { batchSize: 1, shuffle: false });
    const seen: number[] = [];
    for await (const [images, labels] of flow) {
      expect(labels).toBeUndefined();
      seen.push(images.dataSync()[0]);
      if (seen.length === 3) break;
    }
    seen.push((await flow.next()).value[0].dataSync()[0]);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it("draws for an image by seed, epoch and place alone, whatever the batches", async () => {
    const { x, y } = numbered(9);
    const generator = new ImageDataGenerator({ rotationRange: 90, zoomRange: 0.5, horizontalFlip: true });
    const transforms = async (batchSize: number, order: number[], pass: Pass, seed = 3) => {
      const flow = generator.flow(x, y, { seed });
      const batches = await collect(flow.batches(batchSize, Uint32Array.from(order), undefined, pass));
      const rows = batches.flatMap((batch) =>
        Array.from({ length: batch.size }, (_, i) => [...batch.transforms!.subarray(8 * i, 8 * i + 8)]),
      );
      return order.map((index, i) => ({ index, row: rows[i] })).sort((a, b) => a.index - b.index);
    };
    const [order, other] = [
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
      [8, 3, 5, 0, 1, 7, 2, 6, 4],
    ];
    const drawn = await transforms(4, order, first);
    expect(await transforms(2, other, first)).toEqual(drawn);
    expect(new Set(drawn.map(({ row }) => row.join())).size).toBe(9);
    expect(await transforms(4, order, { epoch: 1, repeat: 0 })).not.toEqual(drawn);
    expect(await transforms(4, order, { epoch: 0, repeat: 1 })).not.toEqual(drawn);
    expect(await transforms(4, order, first, 4)).not.toEqual(drawn);
  });

  it("augments in training only", async () => {
    const { x, y } = numbered(3);
    const augmenting = new ImageDataGenerator({ rotationRange: 9, rescale: 0.5 }).flow(x, y);
    expect(augmenting.sample).toMatchObject({
      preprocess: "rescale",
      scale: 0.5,
      augment: { fillMode: "nearest" },
    });
    expect((await collect(augmenting.batches(3)))[0].transforms).toBeUndefined();
    expect((await collect(augmenting.batches(3, undefined, undefined, first)))[0].transforms).toHaveLength(
      24,
    );
    const plain = new ImageDataGenerator({ rescale: 0.5 }).flow(x, y);
    expect(plain.sample.augment).toBeUndefined();
    expect((await collect(plain.batches(3, undefined, undefined, first)))[0].transforms).toBeUndefined();
  });

  it("does on the host what the GPU cannot", async () => {
    const { x, y } = numbered(3);
    const negative = (image: Tensor<"float32">) =>
      new Tensor(
        image.dataSync().map((value) => -value),
        image.shape,
        "float32",
      );
    const flow = new ImageDataGenerator({
      preprocessingFunction: negative,
      channelShiftRange: 1,
      brightnessRange: [0, 0],
    }).flow(x, y);
    expect(flow.sample).toEqual({ shape: [2, 2, 3], dtype: "float32" });
    const [plain] = await collect(flow.batches(3));
    expect(plain.x[35]).toBe(-2);
    const [dark] = await collect(flow.batches(3, undefined, undefined, first));
    expect([...dark.x].every((value) => value === 0)).toBe(true);
    expect(dark.transforms).toBeUndefined();
    const named = new ImageDataGenerator({ preprocessingFunction: "caffe" }).flow(x, y);
    expect(named.sample).toMatchObject({ dtype: "uint8", preprocess: "caffe" });
  });

  it("gives the first share of the rows to the validation", async () => {
    const { x } = numbered(10);
    const y = tensor(Float32Array.from({ length: 10 }, (_, i) => i % 2));
    const generator = new ImageDataGenerator({ validationSplit: 0.35 });
    const values = async (subset: "training" | "validation") => {
      const [[images]] = await take(generator.flow(x, y, { subset, shuffle: false }), 1);
      return [...images.dataSync()].filter((_, i) => i % 12 === 0);
    };
    expect(await values("validation")).toEqual([0, 1, 2]);
    expect(await values("training")).toEqual([3, 4, 5, 6, 7, 8, 9]);
    const sorted = tensor(Float32Array.from({ length: 10 }, (_, i) => Number(i > 4)));
    expect(() => generator.flow(x, sorted, { subset: "training" })).toThrow("different classes");
    expect(() => new ImageDataGenerator().flow(x, y, { subset: "training" })).toThrow("set validationSplit");
  });

  it("refuses what is no batch of images", async () => {
    const { x, y } = numbered(4);
    const generator = new ImageDataGenerator();
    expect(() => generator.flow(x.reshape([4, 12]), y)).toThrow("flow: expected uint8 or float32 images");
    expect(() => generator.flow(x.reshape([4, 3, 2, 2]), y)).toThrow("of 1, 3 or 4 channels");
    expect(() => generator.flow(x, y.slice(0, 3))).toThrow("expected 4 labels");
    expect(() => generator.flow(x, y, { batchSize: 0 })).toThrow("batchSize");
    await expect(generator.flow(x.slice(0, 0), y.slice(0, 0)).next()).rejects.toThrow("there are no images");
  });
});

/** Two classes: cats 0…6 and dogs 7…10, each image of the red that is its number. */
async function pets(): Promise<string> {
  const dir = await temporaryFolder();
  const names = Array.from(
    { length: 11 },
    (_, i) => `${i < 7 ? "cats" : "dogs"}/${String(i).padStart(2, "0")}.png`,
  );
  const images = await Promise.all(names.map((_, i) => plainPng(i, 0, 255)));
  await writeTree(dir, Object.fromEntries(names.map((name, i) => [name, images[i]])));
  return dir;
}

const targetSize = [3, 5] as const;
const reds = (batch: Batch) => [...batch.x].filter((_, i) => i % 45 === 0);
const labelsOf = (batches: Batch[]) => batches.map(({ y }) => [...y!]);

describe("flowFromDirectory", () => {
  it("labels images by their folders, in each class mode", async () => {
    const dir = await pets();
    const generator = new ImageDataGenerator();
    const options = { targetSize, shuffle: false, batchSize: 6 };
    const binary = await generator.flowFromDirectory(dir, { ...options, classMode: "binary" });
    expect(binary.samples).toBe(11);
    expect(binary.classIndices).toEqual({ cats: 0, dogs: 1 });
    expect(binary.filenames.slice(5, 8)).toEqual(["cats/05.png", "cats/06.png", "dogs/07.png"]);
    expect([...binary.classes]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(binary.sample).toMatchObject({ shape: [3, 5, 3], dtype: "uint8", preprocess: "none" });
    expect(labelsOf(await collect(binary.batches(6)))).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 1, 1, 1, 1],
    ]);
    const [, [x, y]] = await take(binary, 2);
    expect(x.shape).toEqual([5, 3, 5, 3]);
    expect([...x.dataSync().subarray(0, 3)]).toEqual([6, 0, 255]);
    expect(y.shape).toEqual([5]);

    const oneHot = await generator.flowFromDirectory(dir, { ...options, classes: ["dogs", "cats"] });
    const [, [, rows]] = await take(oneHot, 2);
    expect(rows.shape).toEqual([5, 2]);
    expect([...rows.dataSync()]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    const none = await generator.flowFromDirectory(dir, { ...options, classMode: null });
    expect((await take(none, 1))[0][1]).toBeUndefined();
    const one = { ...options, classes: ["dogs"], classMode: "binary" } as const;
    await expect(generator.flowFromDirectory(dir, one)).rejects.toThrow(
      "classMode binary is for 2 classes, there are 1",
    );
  });

  it("gives the first share of each class to the validation", async () => {
    const dir = await pets();
    const generator = new ImageDataGenerator({ validationSplit: 0.3 });
    const numbers = async (subset: "training" | "validation") => {
      const flow = await generator.flowFromDirectory(dir, { targetSize, subset, classMode: "binary" });
      return flow.filenames.map((name) => Number(name.slice(5, 7)));
    };
    expect(await numbers("validation")).toEqual([0, 1, 7]);
    expect(await numbers("training")).toEqual([2, 3, 4, 5, 6, 8, 9, 10]);
  });

  it("decodes every image once, as far as the memory for that goes", async () => {
    const dir = await pets();
    const bytes = 3 * 5 * 3;
    const flowWith = (cacheBytes?: number) =>
      new ImageDataGenerator().flowFromDirectory(dir, { targetSize, classMode: "binary", cacheBytes });
    const order = Uint32Array.of(10, 2, 3, 9, 0, 1, 4, 5, 6, 7, 8);
    const passes = [undefined, order, undefined];

    const all = await flowWith();
    const none = await flowWith(0);
    const some = await flowWith(4 * bytes + 1);
    for (const pass of passes) {
      const [a, b, c] = await Promise.all([all, none, some].map((flow) => collect(flow.batches(4, pass))));
      expect(a.map(reds).flat()).toEqual([...(pass ?? Array(11).keys())]);
      expect(b).toEqual(a);
      expect(c).toEqual(a);
    }
    expect(all.decoding).toEqual({ decoded: 11, bytes: 11 * bytes });
    expect(none.decoding).toEqual({ decoded: 33, bytes: 0 });
    // 4 of 11 stay: the other 7 are decoded in each of the three passes.
    expect(some.decoding).toEqual({ decoded: 11 + 7 + 7, bytes: 4 * bytes });

    await rm(dir, { recursive: true });
    expect((await collect(all.batches(11))).map(reds)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    await expect(collect(some.batches(11))).rejects.toThrow("there is no such file");
  });

  it("leaves out images that do not decode, where that is asked for, and fails else", async () => {
    const dir = await pets();
    await writeFile(join(dir, "cats/03.png"), "no image");
    const open = (skipBad: boolean, skipped: string[] = []) =>
      new ImageDataGenerator().flowFromDirectory(dir, {
        targetSize,
        skipBad,
        onSkip: ({ file }) => skipped.push(file.relative),
      });
    const skipped: string[] = [];
    const flow = await open(true, skipped);
    for (const order of [undefined, Uint32Array.of(3, 4, 3, 0)]) {
      const wanted = order
        ? [[4, 0]]
        : [
            [0, 1, 2, 4],
            [5, 6, 7, 8],
            [9, 10],
          ];
      expect((await collect(flow.batches(4, order))).map(reds)).toEqual(wanted);
    }
    expect(skipped).toEqual(["cats/03.png"]);
    await expect(collect((await open(false)).batches(4))).rejects.toThrow("cats/03.png");
  });

  it("stops when its signal fires, also where nothing is left to decode", async () => {
    const flow = await new ImageDataGenerator().flowFromDirectory(await pets(), { targetSize });
    await collect(flow.batches(4));
    const controller = new AbortController();
    const batches = flow.batches(4, undefined, controller.signal);
    await batches.next();
    controller.abort();
    await expect(batches.next()).rejects.toMatchObject({ code: "aborted" });
  });
});
