/** Plants faults into a folder of images, and records them: what an audit of the data ought to find. */
import { copyFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { mulberry32, permutation } from "../../src/models/random.js";

export interface Counts {
  /** Copies byte for byte: within a class of one split, across splits, and into another class. */
  readonly copies: number;
  readonly leaks: number;
  readonly conflicts: number;
  /** Copies that look the same: of each kind in `variations`. */
  readonly variations: number;
  /** Images moved to another class. */
  readonly wrongLabels: number;
}

export interface Planted {
  /** Pairs of paths. */
  readonly copies: readonly (readonly [string, string])[];
  readonly leaks: readonly (readonly [string, string])[];
  readonly conflicts: readonly (readonly [string, string])[];
  readonly near: readonly { readonly kind: Variation; readonly pair: readonly [string, string] }[];
  readonly wrongLabels: readonly string[];
  readonly unreadable: readonly string[];
  readonly tiny: readonly string[];
  readonly elongated: readonly string[];
  readonly blank: readonly string[];
  readonly turned: readonly string[];
  readonly cmyk: readonly string[];
}

const variations = {
  recompressed: (image: Sharp) => image.jpeg({ quality: 45 }),
  resized: (image: Sharp, width: number) => image.resize({ width: Math.round(width * 0.6) }).jpeg(),
  flipped: (image: Sharp) => image.flop().jpeg({ quality: 88 }),
  brighter: (image: Sharp) => image.linear(1.1, 6).jpeg({ quality: 90 }),
  cropped: (image: Sharp, width: number, height: number) => {
    const [left, top] = [Math.round(width * 0.04), Math.round(height * 0.04)];
    return image
      .extract({ left, top, width: width - 2 * left, height: height - 2 * top })
      .jpeg({ quality: 90 });
  },
} satisfies Record<string, (image: Sharp, width: number, height: number) => Sharp>;
export type Variation = keyof typeof variations;

/** @param dir with the splits train and validation, and in each the same two classes */
export async function plantFaults(dir: string, counts: Counts, seed = 1): Promise<Planted> {
  const random = mulberry32(seed);
  const classNames = (await readdir(join(dir, "train"))).sort();
  const pools = new Map<string, string[]>();
  for (const split of ["train", "validation"])
    for (const name of classNames) {
      const files = (await readdir(join(dir, split, name))).sort();
      pools.set(
        `${split}/${name}`,
        [...permutation(files.length, random)].map((i) => files[i]),
      );
    }
  let number = 0;
  /** An image that nothing has been done to yet. */
  const take = (split: string, name: string) => join(dir, split, name, pools.get(`${split}/${name}`)!.pop()!);
  const place = (split: string, name: string, ending = "jpg") =>
    join(dir, split, name, `planted.${++number}.${ending}`);
  const name = (i: number) => classNames[i % classNames.length];
  const copies = async (count: number, to: (i: number) => string) => {
    const pairs: [string, string][] = [];
    for (let i = 0; i < count; i++) {
      const pair: [string, string] = [take("train", name(i)), to(i)];
      await copyFile(...pair);
      pairs.push(pair);
    }
    return pairs;
  };
  const near: { kind: Variation; pair: [string, string] }[] = [];
  for (const kind of Object.keys(variations) as Variation[])
    for (let i = 0; i < counts.variations; i++) {
      const from = take("train", name(i));
      const to = place(i % 2 === 0 ? "train" : "validation", name(i));
      const { width = 0, height = 0 } = await sharp(from).metadata();
      await variations[kind](sharp(from), width, height).toFile(to);
      near.push({ kind, pair: [from, to] });
    }
  const wrongLabels: string[] = [];
  for (let i = 0; i < counts.wrongLabels; i++) {
    const to = place(i % 4 === 3 ? "validation" : "train", name(i + 1));
    await rename(take(i % 4 === 3 ? "validation" : "train", name(i)), to);
    wrongLabels.push(to);
  }
  const plain = await readFile(take("train", name(0)));
  const write = async (bytes: Uint8Array | string, ending?: string) => {
    const to = place("train", name(number), ending);
    await writeFile(to, bytes);
    return [to];
  };
  const noise = (width: number, height: number) => {
    const data = Uint8Array.from({ length: width * height * 3 }, () => 256 * random());
    return sharp(data, { raw: { width, height, channels: 3 } });
  };
  return {
    copies: await copies(counts.copies, (i) => place("train", name(i))),
    leaks: await copies(counts.leaks, (i) => place("validation", name(i))),
    conflicts: await copies(counts.conflicts, (i) => place("train", name(i + 1))),
    ...{ near, wrongLabels },
    unreadable: [
      ...(await write(plain.subarray(0, plain.length / 2))),
      ...(await write("<html>not found</html>")),
      ...(await write("")),
    ],
    tiny: await write(await noise(14, 17).png().toBuffer(), "png"),
    elongated: await write(await noise(400, 60).jpeg().toBuffer()),
    blank: await write(
      await sharp({ create: { width: 90, height: 90, channels: 3, background: "#777" } })
        .png()
        .toBuffer(),
      "png",
    ),
    turned: await write(await noise(120, 100).jpeg().withMetadata({ orientation: 6 }).toBuffer()),
    cmyk: await write(await noise(120, 110).toColourspace("cmyk").jpeg().toBuffer()),
  };
}
