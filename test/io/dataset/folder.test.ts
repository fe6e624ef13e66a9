import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listImageFolder } from "../../../src/io/dataset/folder.js";
import { listDataset } from "../../../src/io/dataset/splits.js";
import { temporaryFolder, writeTree } from "../../support/images.js";

const badInput = (pattern: RegExp) => ({
  code: "bad-input",
  message: expect.stringMatching(pattern) as string,
});

async function tree(names: string[]): Promise<string> {
  const dir = await temporaryFolder();
  await writeTree(dir, Object.fromEntries(names.map((name) => [name, "x"])));
  return dir;
}

describe("listImageFolder walks as flow_from_directory does", () => {
  test("sorted classes, code-point order of folders and names, endings in any case", async () => {
    // The order that Python's sorted(os.walk(...)) gives: "a-b" comes between "a" and "a/b".
    const dir = await tree([
      ...["dogs/dog.2.jpg", "dogs/dog.10.jpg", "cats/z.PNG", "cats/B.jpeg", "cats/a.tiff", "cats/notes.txt"],
      ...[
        "cats/a/1.ppm",
        "cats/a/b/2.bmp",
        "cats/a-b/3.tif",
        "cats/.hidden.jpg",
        "loose.jpg",
        "cats/jpg",
        "cats/x.gif",
      ],
    ]);
    const { classNames, files } = await listImageFolder(dir);
    expect(classNames).toEqual(["cats", "dogs"]);
    expect(files.map(({ relative }) => relative)).toEqual([
      ...["cats/.hidden.jpg", "cats/B.jpeg", "cats/a.tiff", "cats/x.gif", "cats/z.PNG", "cats/a/1.ppm"],
      ...["cats/a-b/3.tif", "cats/a/b/2.bmp", "dogs/dog.10.jpg", "dogs/dog.2.jpg"],
    ]);
    expect(files.map(({ label }) => label)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(files[5].path).toBe(join(dir, "cats", "a", "1.ppm"));
  });

  test("names beyond the basic plane sort by code point, not by UTF-16 unit", async () => {
    const dir = await tree(["a/\u{1F408}.jpg", "a/\uFF5E.jpg"]);
    const { files } = await listImageFolder(dir);
    expect(files.map(({ relative }) => relative)).toEqual(["a/\uFF5E.jpg", "a/\u{1F408}.jpg"]);
  });

  test("linked class folders and images count, linked folders inside a class do not", async () => {
    const elsewhere = await tree(["1.jpg", "2.jpg"]);
    const dir = await tree(["cats/a.jpg"]);
    await symlink(elsewhere, join(dir, "dogs"));
    await symlink(elsewhere, join(dir, "cats", "more"));
    await symlink(join(elsewhere, "1.jpg"), join(dir, "cats", "linked.jpg"));
    const { files } = await listImageFolder(dir);
    expect(files.map(({ relative }) => relative)).toEqual([
      "cats/a.jpg",
      "cats/linked.jpg",
      "dogs/1.jpg",
      "dogs/2.jpg",
    ]);
  });

  test("classes in a given order, and a limit per class", async () => {
    const dir = await tree(["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg", "c/1.jpg"]);
    const { classNames, files } = await listImageFolder(dir, { classes: ["b", "a"], limit: 1 });
    expect(classNames).toEqual(["b", "a"]);
    expect(files.map(({ relative, label }) => [relative, label])).toEqual([
      ["b/1.jpg", 0],
      ["a/1.jpg", 1],
    ]);
  });
});

test("listImageFolder says what is wrong with a folder", async () => {
  const dir = await tree(["one/1.jpg", "readme.txt"]);
  await expect(listImageFolder(join(dir, "no"))).rejects.toMatchObject(
    badInput(/no: there is no such folder/),
  );
  await expect(listImageFolder(join(dir, "readme.txt"))).rejects.toMatchObject(badInput(/this is a file/));
  await expect(listImageFolder(join(dir, "one"))).rejects.toMatchObject(
    badInput(/no class folders; its images are loose/),
  );
  await expect(listImageFolder(dir, { minClasses: 2 })).rejects.toMatchObject(
    badInput(/2 classes are needed, it has 1 \(one\)/),
  );
  await expect(listImageFolder(dir, { classes: ["two"] })).rejects.toMatchObject(
    badInput(/no folder for the class "two"; it has one/),
  );
  await expect(listImageFolder(dir, { limit: 0 })).rejects.toMatchObject({ code: "usage" });
  await mkdir(join(dir, ".ipynb_checkpoints"));
  expect((await listImageFolder(dir)).classNames).toEqual(["one"]);
  await mkdir(join(dir, "two"));
  await expect(listImageFolder(dir)).rejects.toMatchObject(badInput(/no images .* in the class folder two/));
});

describe("splits", () => {
  test("those that exist, in order, with the same classes", async () => {
    const dir = await tree([
      "validation/a/1.jpg",
      "validation/b/1.jpg",
      "train/b/1.jpg",
      "train/a/1.jpg",
      "other/a/1.jpg",
    ]);
    const { classNames, splits, hasSplits, omitted } = await listDataset(dir);
    expect([classNames, hasSplits]).toEqual([["a", "b"], true]);
    expect(omitted.counts).toEqual({ "folders next to the splits (other)": 1 });
    expect(splits.map(({ name, path, files }) => [name, path, files.length])).toEqual([
      ["train", join(dir, "train"), 2],
      ["validation", join(dir, "validation"), 2],
    ]);
  });

  test("class folders alone are one split", async () => {
    const dir = await tree(["cats/1.jpg", "dogs/1.jpg"]);
    const { classNames, splits, hasSplits } = await listDataset(dir);
    expect([classNames, hasSplits, splits.length]).toEqual([["cats", "dogs"], false, 1]);
    await expect(listDataset(join(dir, "no"))).rejects.toMatchObject(badInput(/no such folder/));
  });

  test("names in any case, val and valid; two folders for one split are an error", async () => {
    const dir = await tree(["Train/a/1.jpg", "VAL/a/1.jpg", "tEst/a/1.jpg"]);
    const { splits } = await listDataset(dir);
    expect(splits.map(({ name, path }) => [name, path])).toEqual([
      ["train", join(dir, "Train")],
      ["validation", join(dir, "VAL")],
      ["test", join(dir, "tEst")],
    ]);
    await writeTree(dir, { "validation/a/1.jpg": "x" });
    await expect(listDataset(dir)).rejects.toMatchObject(
      badInput(/VAL and validation both stand for the split validation; keep one/),
    );
  });

  test("a class named train is a class; a test of loose images is unlabelled", async () => {
    const dir = await tree(["train/1.jpg", "bus/1.jpg", "car/1.jpg"]);
    expect((await listDataset(dir)).classNames).toEqual(["bus", "car", "train"]);
    const split = await tree(["train/train/1.jpg", "train/bus/1.jpg", "test/1.jpg", "test/2.jpg"]);
    const { classNames, splits, omitted } = await listDataset(split);
    expect([classNames, splits.map(({ name }) => name)]).toEqual([["bus", "train"], ["train"]]);
    expect(omitted.counts).toEqual({ "unlabelled images in test": 2 });
    const loose = await tree(["train/cats/1.jpg", "validation/1.jpg"]);
    await expect(listDataset(loose)).rejects.toMatchObject(badInput(/validation: no class folders/));
  });

  test("one level too high or too low: says which folder to give", async () => {
    const dir = await tree([
      ...["pets/train/cats/1.jpg", "pets/train/dogs/1.jpg", "pets/test/cats/1.jpg", "pets/test/dogs/1.jpg"],
      ...["zip/plain/cats/1.jpg", "zip/plain/cats/2019/1.jpg", "zip/plain/dogs/1.jpg"],
    ]);
    const pets = join(dir, "pets");
    const plain = join(dir, "zip", "plain");
    for (const [given, wanted] of [
      [dir, pets],
      [join(pets, "train"), pets],
      [join(pets, "train", "cats"), pets],
      [join(dir, "zip"), plain],
      [join(plain, "cats"), plain],
    ])
      await expect(listDataset(given)).rejects.toMatchObject(badInput(new RegExp(`give ${wanted}$`)));
  });

  test("different classes: says which", async () => {
    const dir = await tree(["train/cats/1.jpg", "train/dogs/1.jpg", "test/cats/1.jpg", "test/birds/1.jpg"]);
    await expect(listDataset(dir)).rejects.toMatchObject(
      badInput(/train and test have different classes \(only in train: dogs; only in test: birds\)/),
    );
  });
});
