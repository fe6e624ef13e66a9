import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawImage } from "../../../examples/synthetic/images.js";
import { mulberry32 } from "../../../src/models/random.js";
import { temporaryImages } from "../../support/images.js";

describe("generated images", () => {
  test("are the same for the same seed and others for another", async () => {
    const options = { train: 2, validation: 1, size: 40 };
    const [a, b] = [
      await temporaryImages({ ...options, seed: 7 }),
      await temporaryImages({ ...options, seed: 7 }),
    ];
    const other = await temporaryImages({ ...options, seed: 8 });
    const names = (await readdir(a, { recursive: true })).filter((name) => name.endsWith(".jpg")).sort();
    expect(names).toEqual(
      [
        "train/discs/discs.0.jpg",
        "train/discs/discs.1.jpg",
        "train/stripes/stripes.0.jpg",
        "train/stripes/stripes.1.jpg",
      ]
        .concat(["validation/discs/discs.0.jpg", "validation/stripes/stripes.0.jpg"])
        .map((name) => join(name)),
    );
    for (const name of names) {
      const bytes = await readFile(join(a, name));
      expect(await readFile(join(b, name))).toEqual(bytes);
      expect(await readFile(join(other, name))).not.toEqual(bytes);
    }
  });

  test("vary in size around what was asked, and report progress", async () => {
    const sizes = Array.from({ length: 20 }, (_, seed) => drawImage("discs", 100, seed));
    for (const { width, height, data } of sizes) {
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(75);
      expect(Math.max(width, height)).toBeLessThanOrEqual(125);
      expect(data).toHaveLength(width * height * 3);
    }
    expect(new Set(sizes.map(({ width }) => width)).size).toBeGreaterThan(5);
    const progress: number[][] = [];
    await temporaryImages({ train: 1, test: 1, size: 20, onProgress: (...step) => progress.push(step) });
    expect(progress).toEqual([1, 2, 3, 4].map((done) => [done, 4]));
  });

  test("the generator is mulberry32", () => {
    // First values for seed 1, as published implementations print them.
    const random = mulberry32(1);
    expect([random(), random()].map((value) => value.toFixed(9))).toEqual(["0.627073941", "0.002735721"]);
  });
});
