/** ImageNet's names of what an application sees. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePredictions, imagenetClasses } from "../../src/models/applications/index.js";
import { tensor } from "../../src/tensor.js";
import { classIndexEntries, classIndexJson, writeClassIndex } from "../support/classIndex.js";

let folder: string;
let classIndex: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  classIndex = join(folder, "index.json");
  await writeClassIndex(classIndex);
});
afterAll(() => rm(folder, { recursive: true }));

/** Two samples: the first is surest of 3, then 999, then 0; the second of 7. */
function predictions() {
  const values = new Float32Array(2000);
  for (const [i, probability] of [
    [3, 0.5],
    [999, 0.25],
    [0, 0.125],
    [1007, 1],
  ] as const)
    values[i] = probability;
  return tensor(values, [2, 1000]);
}

describe("decodePredictions", () => {
  it("names the most probable classes of each sample", async () => {
    const decoded = await decodePredictions(predictions(), { top: 3, classIndex });
    expect(decoded[0]).toEqual([
      { id: "n00000003", label: "thing_3", probability: 0.5 },
      { id: "n00000999", label: "thing_999", probability: 0.25 },
      { id: "n00000000", label: "thing_0", probability: 0.125 },
    ]);
    expect(decoded[1][0]).toEqual({ id: "n00000007", label: "crane", probability: 1 });
    expect(decoded.map((sample) => sample.length)).toEqual([3, 3]);
  });

  it("gives five classes unless it is said otherwise", async () => {
    const [first] = await decodePredictions(predictions(), { classIndex });
    expect(first).toHaveLength(5);
  });

  it("takes a thousand probabilities a sample", async () => {
    const pending = decodePredictions(tensor(new Float32Array(999), [1, 999]), { classIndex });
    await expect(pending).rejects.toMatchObject({
      code: "shape",
      message: expect.stringContaining("(samples, 1000)") as string,
    });
    await expect(decodePredictions(predictions(), { top: 0, classIndex })).rejects.toMatchObject({
      code: "usage",
    });
  });
});

describe("the class index", () => {
  it("is read in the order of the outputs", async () => {
    const classes = await imagenetClasses({ classIndex });
    expect(classes.map(({ id, label }) => [id, label])).toEqual(classIndexEntries);
  });

  it.each<[string, string, RegExp]>([
    ["too few classes", JSON.stringify({ 0: ["n1", "tench"] }), /has 1 classes, not 1000/],
    ["entries of another kind", classIndexJson().replace('["n00000005","thing_5"]', '"thing_5"'), /class 5/],
    ["another order of names", classIndexJson().replace('"5":', '"five":'), /class 5/],
    ["a list", JSON.stringify(classIndexEntries), /no object/],
    ["no JSON", "tench", /not valid JSON/],
    ["more bytes than any", classIndexJson() + " ".repeat(2 ** 20), /more than the limit/],
  ])("is refused with %s", async (_, text, message) => {
    const path = join(folder, "bad.json");
    await writeFile(path, text);
    await expect(imagenetClasses({ classIndex: path })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message) as string,
    });
  });

  it("is looked for in Keras's cache, by its hash", async () => {
    const options = { kerasHome: folder, offline: true };
    await expect(imagenetClasses(options)).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(
        /^no class index at .*models\/imagenet_class_index.json, and downloads are off; fetch https:.*download.tensorflow.org\/data\/imagenet_class_index.json by hand/,
      ) as string,
    });
    await mkdir(join(folder, "models"));
    await writeClassIndex(join(folder, "models", "imagenet_class_index.json"));
    await expect(imagenetClasses(options)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(
        /not c2c37ea517e94d9795004a39431a14cb; delete it to download it again, or name it as the class index file/,
      ) as string,
    });
  });
});
