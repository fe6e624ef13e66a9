import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { listImageFolder, type ImageFile } from "../../../src/io/dataset/folder.js";
import { ImageLoader, type ImageBatch } from "../../../src/io/dataset/loader.js";
import { listDataset } from "../../../src/io/dataset/splits.js";
import { decodeImage } from "../../../src/io/images/decode.js";
import { resizeBilinear } from "../../../src/io/images/resize.js";
import { plainPng, temporaryFolder, temporaryImages, writeTree } from "../../support/images.js";

/** `count` PNGs whose red value is their place in the list. */
async function numberedImages(count: number): Promise<ImageFile[]> {
  const dir = await temporaryFolder();
  const names = Array.from(
    { length: count },
    (_, i) => `${i < count / 2 ? "a" : "b"}/${String(i).padStart(3, "0")}.png`,
  );
  const contents = await Promise.all(names.map((_, i) => plainPng(i, 0, 255)));
  await writeTree(dir, Object.fromEntries(names.map((name, i) => [name, contents[i]])));
  return [...(await listImageFolder(dir)).files];
}

async function collect(batches: AsyncIterable<ImageBatch>): Promise<ImageBatch[]> {
  const all: ImageBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const size = { height: 3, width: 5, batchSize: 4 };
const reds = (batch: ImageBatch) =>
  batch.indices.map((_, row) => batch.images[row * size.height * size.width * 3]);

describe("ImageLoader", () => {
  test("keeps the given order, fills every batch but the last, labels by class", async () => {
    const files = await numberedImages(10);
    const loader = new ImageLoader(files, size);
    const batches = await collect(loader);
    expect(batches.map(reds)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(batches.map(({ labels }) => [...labels])).toEqual([
      [0, 0, 0, 0],
      [0, 1, 1, 1],
      [1, 1],
    ]);
    expect(batches[0].images).toHaveLength(4 * 3 * 5 * 3);
    expect(batches[2].images).toHaveLength(2 * 3 * 5 * 3);
    expect([...batches[2].images.subarray(0, 3)]).toEqual([8, 0, 255]);

    const order = [9, 0, 5, 5, 1];
    const shuffled = await collect(loader.batches(order));
    expect(shuffled.flatMap(reds)).toEqual(order);
    expect(shuffled.flatMap(({ indices }) => indices)).toEqual(order);
    expect(shuffled[0].files[0]).toBe(files[9]);
  });

  test("gives the same bytes however far ahead it decodes", async () => {
    const dir = await temporaryImages({ train: 9, size: 60, seed: 3 });
    const { splits } = await listDataset(dir);
    const [{ files }] = splits;
    const run = (prefetch: number) =>
      collect(
        new ImageLoader(files, { height: 20, width: 30, batchSize: 5, interpolation: "bilinear", prefetch }),
      );
    const [one, many] = [await run(1), await run(5)];
    expect(many).toEqual(one);
    const image = await decodeImage(files[6].path);
    expect(one[1].images.subarray(20 * 30 * 3, 2 * 20 * 30 * 3)).toEqual(resizeBilinear(image, 20, 30));
  });

  test("decodes ahead while a batch is in use", async () => {
    const files = await numberedImages(12);
    const batches = new ImageLoader(files, { ...size, prefetch: 2 }).batches();
    await batches.next();
    // Time for what was started to be read; then the two batches ahead no longer need their files, the next ones do.
    await new Promise((done) => setTimeout(done, 1000));
    for (const { path } of files.slice(4)) await writeFile(path, "gone");
    expect(reds((await batches.next()).value as ImageBatch)).toEqual([4, 5, 6, 7]);
    expect(reds((await batches.next()).value as ImageBatch)).toEqual([8, 9, 10, 11]);
    expect(await batches.next()).toMatchObject({ done: true });
  });

  test("fails at the first bad image in order, whichever was found first", async () => {
    const files = await numberedImages(8);
    // The earlier of the two takes longer to be found out.
    const slow = await plainPng(0, 0, 0, 1500);
    await writeFile(files[5].path, slow.subarray(0, slow.length - 30));
    await writeFile(files[6].path, "no image");
    const loader = new ImageLoader(files, size);
    const batches = loader.batches();
    expect(reds((await batches.next()).value as ImageBatch)).toEqual([0, 1, 2, 3]);
    await expect(batches.next()).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(files[5].path) as string,
    });
  });

  test("skipBad leaves bad images out, reports each once, and does not try them again", async () => {
    const files = await numberedImages(9);
    await writeFile(files[1].path, "no image");
    await writeFile(files[7].path, "");
    const reported: string[] = [];
    const onSkip = ({ file }: { file: ImageFile }) => reported.push(file.relative);
    const loader = new ImageLoader(files, { ...size, skipBad: true, onSkip });
    const expected = [
      [0, 2, 3, 4],
      [5, 6, 8],
    ];
    expect((await collect(loader)).map(reds)).toEqual(expected);
    expect((await collect(loader)).map(reds)).toEqual(expected);
    expect(reported).toEqual([files[1].relative, files[7].relative]);
    expect(loader.skipped.map(({ file }) => file)).toEqual([files[1], files[7]]);
    expect(loader.skipped[0].error.message).toContain(files[1].path);
  });

  test("stops when its signal fires, also before the first batch", async () => {
    const files = await numberedImages(12);
    const controller = new AbortController();
    const batches = new ImageLoader(files, size).batches(undefined, controller.signal);
    await batches.next();
    controller.abort();
    await expect(batches.next()).rejects.toMatchObject({ code: "aborted" });
    await expect(
      collect(new ImageLoader(files, size).batches(undefined, AbortSignal.abort())),
    ).rejects.toMatchObject({
      code: "aborted",
    });
  });

  test("can be left early and may have nothing to give", async () => {
    const files = await numberedImages(6);
    for await (const batch of new ImageLoader(files, size)) {
      expect(reds(batch)).toEqual([0, 1, 2, 3]);
      break;
    }
    expect(await collect(new ImageLoader(files, size).batches([]))).toEqual([]);
    expect(() => new ImageLoader(files, { ...size, batchSize: 0 })).toThrow(/batchSize/);
  });
});
