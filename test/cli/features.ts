/** Features that no base made: clouds of points around a centre for each class. */
import { FeaturesWriter } from "../../src/transfer/data/features.js";
import type { FeaturesMeta } from "../../src/transfer/provenance.js";
import { mulberry32, normal } from "../../src/models/random.js";
import { tensor } from "../../src/tensor.js";

export interface CloudOptions {
  /** Default discs and stripes. */
  classNames?: string[];
  /** Rows of each class, by split. Default train 60, validation 20, test 20. */
  counts?: Readonly<Record<string, number>>;
  /** Of a row. Default [2, 2, 8]. */
  shape?: readonly number[];
  /** Of the centres from each other; the clouds overlap where it is small. Default 1. */
  separation?: number;
  /** Only this class occurs. */
  onlyClass?: number;
  meta?: Partial<FeaturesMeta>;
}

export async function writeClouds(path: string, options: CloudOptions = {}): Promise<void> {
  const { classNames = ["discs", "stripes"], shape = [2, 2, 8], onlyClass, separation = 1 } = options;
  const { counts = { train: 60, validation: 20, test: 20 } } = options;
  const size = shape.reduce((n, d) => n * d, 1);
  const random = mulberry32(7);
  const centres = classNames.map(() =>
    Float32Array.from({ length: size }, () => separation * normal(random)),
  );
  const writer = await FeaturesWriter.create(path, {
    classNames,
    application: "vgg16",
    layer: "block5_pool",
    inputShape: [64, 64, 3],
    preprocess: "rescale",
    interpolation: "nearest",
    weightsSha256: "random:seed=1",
    ...options.meta,
  });
  for (const [split, count] of Object.entries(counts)) {
    for (const [label, centre] of centres.entries()) {
      if (onlyClass !== undefined && label !== onlyClass) continue;
      const rows = new Float32Array(count * size);
      for (let i = 0; i < rows.length; i++) rows[i] = centre[i % size] + normal(random);
      const names = Array.from({ length: count }, (_, i) => `${classNames[label]}/${i}.jpg`);
      writer.append(split, tensor(rows, [count, ...shape]), new Float32Array(count).fill(label), names);
    }
  }
  await writer.finish();
}
