/** The features of all images of a dataset, for the checks that need them. */
import { WgraftError } from "../../errors.js";
import { extractFeatures } from "../../models/data/extractFeatures.js";
import { ImageSource } from "../../models/data/imageSource.js";
import type { Device } from "../../kernels/gpu/device.js";
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import { concatenate, Tensor } from "../../tensor.js";
import { openFeatureCache } from "../data/cache.js";
import { openBase } from "../model/base.js";
import type { Base } from "../model/features.js";
import { openSavedBase } from "../model/savedBase.js";
import type { BaseOptions, CacheOptions, ImageOptions, TransferOptions } from "../options.js";
import { imageOptionsOf, type FeaturesMeta } from "../provenance.js";
import type { CheckedFile } from "./groups.js";

export interface FeatureOptions extends BaseOptions, ImageOptions, CacheOptions, TransferOptions {
  /** A model file or a run folder whose layers, up to `layer`, are the base. Default: that of an application. */
  model?: string;
  /** Images in one run. Default 20. */
  batchSize?: number;
}

/** Fewer say next to nothing: of mean colors, or of the classes themselves. */
const fewestFeatures = 16;

/** (n, d) in the order of the files; each column has mean 0 and variance 1. */
export async function standardizedFeatures(
  files: readonly CheckedFile[],
  classNames: readonly string[],
  options: FeatureOptions,
  seed: number,
  device: Device,
  onProgress?: (done: number) => void,
): Promise<{ features: Tensor<"float32">; meta: FeaturesMeta }> {
  prepareHdf5();
  const { base, meta } = await opened(files, classNames, options, seed, device);
  const source = new ImageSource(files, imageOptionsOf(meta));
  const store = openFeatureCache(options);
  const { batchSize, signal } = options;
  const rows: Float32Array[] = [];
  let done = 0;
  for await (const batch of extractFeatures(base.model, source, {
    batchSize,
    signal,
    store,
    fixedBatch: true,
  })) {
    rows.push(batch.features.dataSync());
    done += batch.files.length;
    onProgress?.(done);
  }
  await store?.trim();
  const values = concatenate("float32", rows);
  const size = values.length / files.length;
  if (size < fewestFeatures)
    throw new WgraftError(
      "usage",
      `layer ${meta.layer} gives ${size} features per image, which are too few to compare images by; name another one with \`layer\``,
      { option: "layer" },
    );
  return { features: standardized(values, files.length), meta };
}

/** The base, with the mean of each of its maps for a feature; of a layer without maps, with its values. */
async function opened(
  files: readonly CheckedFile[],
  classNames: readonly string[],
  given: FeatureOptions,
  seed: number,
  device: Device,
): Promise<{ base: Base; meta: FeaturesMeta }> {
  const { model, pooling } = given;
  const pooled = { ...given, pooling: pooling ?? ("avg" as const) };
  if (model === undefined) return openBase(pooled, seed, classNames, device);
  const data = { classNames, splits: [{ name: "train" as const, files }] };
  try {
    return await openSavedBase(model, pooled, seed, data, device);
  } catch (error) {
    const isFlat = pooling === undefined && error instanceof WgraftError && error.code === "shape";
    if (!isFlat) throw error;
    return openSavedBase(model, given, seed, data, device);
  }
}

function standardized(values: Float32Array, n: number): Tensor<"float32"> {
  const d = values.length / n;
  const [sums, squares] = [new Float64Array(d), new Float64Array(d)];
  values.forEach((value, i) => {
    sums[i % d] += value;
    squares[i % d] += value * value;
  });
  const means = sums.map((sum) => sum / n);
  const deviations = squares.map((square, c) => Math.sqrt(Math.max(0, square / n - means[c] ** 2)));
  // A feature that is the same everywhere says nothing.
  const scaled = values.map((value, i) => {
    const c = i % d;
    return deviations[c] > 1e-6 ? (value - means[c]) / deviations[c] : 0;
  });
  return new Tensor(scaled, [n, d], "float32");
}

/** Rows divided by their lengths; a row of zeros stays. */
export function unitRows(rows: Tensor<"float32">): Tensor<"float32"> {
  const [n, d] = rows.shape;
  const values = rows.dataSync().slice();
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * d, (i + 1) * d);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) row.forEach((value, c) => (row[c] = value / length));
  }
  return new Tensor(values, [n, d], "float32");
}
