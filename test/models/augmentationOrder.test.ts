/** Transforms and batches are the same however images are decoded: how many at once, in which order, how often. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { decodeImage } from "../../src/io/images/decode.js";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import { shuffledOrder, type Batch } from "../../src/models/training/batches.js";
import { temporaryImages } from "../support/images.js";

type Decode = typeof decodeImage;
type Decoded = Awaited<ReturnType<Decode>>;
/** When an image that is asked for is decoded. */
type Schedule = (decode: () => Promise<Decoded>) => Promise<Decoded>;

const atOnce: Schedule = (decode) => decode();

/** One after the other: of those that wait, the one that came first (`shift`) or last (`pop`). */
function serially(next: "shift" | "pop"): Schedule {
  const waiting: (() => Promise<void>)[] = [];
  let isBusy = false;
  const drain = async () => {
    if (isBusy) return;
    isBusy = true;
    // After the files of all that the loader decodes ahead have been read.
    await new Promise((done) => setTimeout(done, 100));
    for (let run = waiting[next](); run; run = waiting[next]()) await run();
    isBusy = false;
  };
  return (decode) =>
    new Promise((resolve, reject) => {
      waiting.push(() => decode().then(resolve, reject));
      void drain();
    });
}

const decoding = vi.hoisted(() => ({
  schedule: undefined as Schedule | undefined,
  /** Paths in the order in which their decoding was finished. */
  finished: [] as string[],
}));

vi.mock("../../src/io/images/decode.js", async (original) => {
  const { decodeImage: decode } = await original<{ decodeImage: Decode }>();
  const scheduled: Decode = (bytes, options) =>
    decoding.schedule!(async () => {
      const image = await decode(bytes, options);
      decoding.finished.push(options!.name!);
      return image;
    });
  return { decodeImage: scheduled };
});

afterEach(() => {
  decoding.schedule = undefined;
});

const options = { targetSize: [6, 5], classMode: "binary", batchSize: 4, seed: 9 } as const;
const bytesOfImage = 6 * 5 * 3;
const passes = [
  { epoch: 0, repeat: 0 },
  { epoch: 0, repeat: 1 },
  { epoch: 1, repeat: 0 },
];
const generator = new ImageDataGenerator({
  rescale: 1 / 255,
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
});

/** What `fit` gets in three passes, and what the host makes of the images in two epochs. */
async function run(dir: string, schedule: Schedule, cacheBytes: number, isWarm = false) {
  decoding.schedule = schedule;
  decoding.finished = [];
  const open = () => generator.flowFromDirectory(`${dir}/train`, { ...options, cacheBytes });
  const flow = await open();
  const collect = async (order?: Uint32Array, pass?: (typeof passes)[number]) => {
    const batches: Batch[] = [];
    for await (const batch of flow.batches(options.batchSize, order, undefined, pass)) batches.push(batch);
    return batches;
  };
  if (isWarm) await collect();
  const batches: Batch[] = [];
  for (const pass of passes)
    batches.push(...(await collect(shuffledOrder(flow.samples, options.seed, pass), pass)));

  const host = await open();
  const onHost: (readonly Float32Array[])[] = [];
  while (onHost.length < 2 * host.length) {
    const [x, y] = (await host.next()).value;
    onHost.push([x.dataSync(), y.dataSync()]);
  }
  return { batches, onHost, finished: [...decoding.finished] };
}

describe("augmented images of a folder", () => {
  it("are the same whatever the decoding", async () => {
    const dir = await temporaryImages({ train: 5, size: 24, seed: 2 });
    const whole = 10 * bytesOfImage;
    const wanted = await run(dir, atOnce, whole);
    expect(wanted.batches.map(({ size }) => size)).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
    const transforms = wanted.batches.flatMap((batch) =>
      Array.from({ length: batch.size }, (_, i) => batch.transforms!.subarray(8 * i, 8 * i + 8).join()),
    );
    expect(new Set(transforms).size).toBe(3 * 10);

    const inTurn = await run(dir, serially("shift"), whole);
    const backwards = await run(dir, serially("pop"), whole);
    expect(backwards.finished).toHaveLength(20);
    // Files are read side by side, so that neither order is known; they differ.
    expect(new Set(backwards.finished)).toEqual(new Set(inTurn.finished));
    expect(backwards.finished.slice(0, 10)).not.toEqual(inTurn.finished.slice(0, 10));
    const others = [
      inTurn,
      backwards,
      await run(dir, atOnce, 0),
      await run(dir, serially("pop"), 0),
      await run(dir, serially("pop"), 4 * bytesOfImage),
      await run(dir, atOnce, whole, true),
      await run(dir, serially("pop"), 4 * bytesOfImage, true),
    ];
    for (const { batches, onHost } of others) {
      expect(batches).toEqual(wanted.batches);
      expect(onHost).toEqual(wanted.onHost);
    }
  });
});
