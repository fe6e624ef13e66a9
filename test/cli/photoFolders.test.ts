/** What each command says of a folder of photos as people have them. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { photoFolder, writePhotoFolder, writePhotoSplits } from "../support/photoFolders.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;
let names: [string, string];
const inFolder = (...parts: string[]) => join(folder, ...parts);
const base = ["--app", "mobilenet", "--alpha", "0.25", "--size", "32", "--weights", "random", "--seed", "1"];
const head = ["--epochs", "1", "--units", "4", "--batch-size", "8"];

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-photos-"));
  names = await writePhotoFolder(inFolder("plain"));
  await writePhotoSplits(inFolder("split"));
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Omitted {
  counts: Record<string, number>;
  undecodable: Record<string, string[]>;
}

/** What is left out of so many class folders. */
function expectOmitted({ counts, undecodable }: Omitted, classFolders: number, more = {}): void {
  const all = Object.entries(photoFolder.omitted).map(([reason, count]) => [reason, count * classFolders]);
  expect(counts).toEqual({ ...Object.fromEntries(all), ...more });
  expect(Object.keys(undecodable).sort()).toEqual(["HEIC", "camera raw"]);
  expect(undecodable.HEIC).toHaveLength(classFolders);
}

const omittedLine = /^omitted: .*2 HEIC images \(.*IMG_0001\.HEIC.*\): convert them to JPEG.*sips/m;

describe("a folder of photos without splits", () => {
  it("is extracted: every image once, the rest counted, a share of it for validation", async () => {
    const args = ["extract", "--data", inFolder("plain"), "--out", inFolder("plain.h5"), ...base, "--json"];
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([0, expect.stringMatching(omittedLine)]);
    expect(stderr).toMatch(
      /2 images have an EXIF orientation that is ignored, as in Keras \(--exif applies it\)/,
    );
    const report = JSON.parse(stdout) as {
      omitted: Omitted;
      turned: number;
      splits: Record<string, { rows: number }>;
    };
    expectOmitted(report.omitted, 2);
    expect(report.turned).toBe(2);
    const { splits } = await readFeatures(inFolder("plain.h5"));
    const files = [...splits.train.filenames, ...splits.validation.filenames];
    expect(files).toHaveLength(2 * photoFolder.images);
    expect(files).toContain(`${names[1]}/été.jpg`);
    expect(new Set([...splits.train.sha256!, ...splits.validation.sha256!]).size).toBe(files.length);
    expect(
      [...splits.train.orientations!, ...splits.validation.orientations!].filter((o) => o === 6),
    ).toHaveLength(2);
  });

  it("is trained on; evaluate then takes the images that it was validated on", async () => {
    const run = inFolder("run");
    await cli.json(["train", "--data", inFolder("plain"), "--out", run, ...base, ...head, "--exif"]);
    const { splits } = JSON.parse(await readFile(join(run, "images.json"), "utf8")) as {
      splits: Record<string, [string, string, number?][]>;
    };
    expect(splits.train.length + splits.validation.length).toBe(2 * photoFolder.images);
    const evaluation = await cli.json<{
      split: string;
      samples: number;
      trainedOn: number;
      omitted: Omitted;
    }>([...["evaluate", "--model", run, "--data", inFolder("plain")]]);
    expect(evaluation).toMatchObject({
      ...{ split: "validation", samples: splits.validation.length, trainedOn: splits.train.length },
    });
    expectOmitted(evaluation.omitted, 2);
    const config = JSON.parse(await readFile(join(run, "config.json"), "utf8")) as object;
    expect(config).toMatchObject({ base: { exif: true } });
    // A run that is there is not overwritten unasked.
    const again = ["train", "--data", inFolder("plain"), "--out", run, ...base, ...head];
    const { code, stderr } = await cli.run(again);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/has a run already; --resume continues it, --overwrite replaces it/),
    ]);
  });

  it("has all its bad images reported at once, with what helps", async () => {
    await writePhotoFolder(inFolder("bad"));
    await writeFile(inFolder("bad", "cats", "page.jpg"), "<html>");
    await writeFile(inFolder("bad", names[1], "empty.png"), "");
    await rename(inFolder("bad", "cats", "IMG_0001.HEIC"), inFolder("bad", "cats", "iphone.jpg"));
    const args = ["extract", "--data", inFolder("bad"), "--out", inFolder("bad.h5"), ...base];
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(4);
    const [line] = stderr.split("\n").filter((text) => text.startsWith("wgraft:"));
    expect(line).toMatch(/3 images cannot be used: .*iphone\.jpg: HEIC is not decoded here; convert/);
    expect(line).toMatch(
      /page\.jpg: not an image.*empty\.png: the file is empty.*; --skip-bad omits bad images$/,
    );
    const skipping = await cli.json<{ skipped: object[] }>([...args, "--skip-bad"]);
    expect(skipping.skipped).toHaveLength(3);
  });
});

describe("a folder of photos with splits", () => {
  it("has them found in any case, classes compared by letters, and unlabelled images counted and predicted", async () => {
    const extraction = ["extract", "--data", inFolder("split"), "--out", inFolder("split.h5"), ...base];
    const { omitted, splits } = await cli.json<{
      omitted: Omitted;
      splits: Record<string, { rows: number }>;
    }>(extraction);
    expect(Object.entries(splits).map(([name, { rows }]) => [name, rows])).toEqual([
      ["train", 2 * photoFolder.images],
      ["validation", 2 * photoFolder.images],
    ]);
    expectOmitted(omitted, 4, { "unlabelled images in TEST": 2 });
    const run = inFolder("headRun");
    await cli.json(["train", "--features", inFolder("split.h5"), "--out", run, ...head]);
    const { predictions } = await cli.json<{ predictions: { file: string }[] }>([
      ...["predict", "--model", run, inFolder("split", "TEST")],
    ]);
    expect(predictions.map(({ file }) => file)).toEqual(
      ["1.jpg", "2.webp"].map((f) => inFolder("split", "TEST", f)),
    );
  });

  it("numbers runs without --out", async () => {
    await mkdir(inFolder("here"));
    const args = ["train", "--features", inFolder("split.h5"), ...head];
    for (const n of [1, 2]) {
      const { code, stdout } = await cli.run(args, { cwd: inFolder("here") });
      expect([code, stdout]).toEqual([0, expect.stringContaining(`saved runs/mobilenet-${n}/model.h5`)]);
    }
  });
});
