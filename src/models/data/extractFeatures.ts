/** What a base makes of images, batch by batch. */
import type { ImageFile } from "../../io/dataset/folder.js";
import { abortSignal, flag, positiveInteger } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { throwIfAborted } from "../../errors.js";
import { concatenate, Tensor } from "../../tensor.js";
import type { Model } from "../model.js";
import type { Programs } from "../training/programs.js";
import { checkOutputsFinite } from "../training/nonFinite.js";
import { fittingRun, forward, type Run } from "../training/predict.js";
import { keepKernels, kernelsOfStored } from "./featureKernels.js";
import { featureKeys, featureStore, type FeatureStore } from "./featureStore.js";
import type { ImageSource } from "./imageSource.js";

export interface FeatureBatch {
  /** float32 (n, …output of the base) */
  readonly features: Tensor<"float32">;
  /** Class indices (n). */
  readonly labels: Float32Array;
  readonly files: readonly ImageFile[];
  /** How many of them came from the store. */
  readonly stored: number;
}

export interface ExtractOptions {
  /** Images in one run. Default 20. Split further if the adapter's memory is too small. */
  batchSize?: number;
  signal?: AbortSignal;
  /**
   * Where features are kept. Images whose `sha256` is known are looked up there first, and those that are computed are put
   * there. What is found has the bits that computing it would give. Default: none.
   */
  store?: FeatureStore;
  /** Compile for `batchSize` images even where there are fewer: the bits then do not depend on their number. Default: with a store. */
  fixedBatch?: boolean;
}

const table = optionsOf<ExtractOptions>("extractFeatures").fields({
  batchSize: optional(positiveInteger, 20),
  signal: optional(abortSignal),
  store: optional(featureStore),
  fixedBatch: optional(flag),
});

/**
 * Runs a base over images. While one batch is on the GPU the next are being decoded and uploaded.
 * @throws WgraftError `usage` for an option that is unknown or not what it should be; `bad-input` for features that are not
 *   finite; what the base, the source and the device throw; `aborted`
 * @example
 * const { files } = await listImageFolder("photos/train");
 * const source = new ImageSource(files, { height: 32, width: 32 });
 * for await (const { features, labels } of extractFeatures(base, source)) console.log(features.shape, labels);
 */
export function extractFeatures(
  base: Model,
  source: ImageSource,
  options?: ExtractOptions,
): AsyncGenerator<FeatureBatch> {
  return extract(base, source, checkOptions(table, options));
}

async function* extract(
  base: Model,
  source: ImageSource,
  { batchSize, signal, store, fixedBatch = store !== undefined }: Arguments<typeof table>,
): AsyncGenerator<FeatureBatch> {
  const programs = await base.ready();
  const wanted = fixedBatch ? batchSize : Math.max(1, Math.min(batchSize, source.samples));
  const run = await extractionRun(programs, wanted, source, store);
  const computing: Computing = { programs, run, source, signal };
  const batches = store ? throughStore(computing, store) : inBatches(computing);
  const [, ...shape] = run.program.outputSpec("y").shape;
  for await (const { rows, indices, stored } of batches) {
    const files = indices.map((index) => source.files[index]);
    yield {
      features: new Tensor(concatenate("float32", rows), [rows.length, ...shape], "float32"),
      labels: Float32Array.from(files, ({ label }) => label),
      files,
      stored,
    };
  }
}

/** Compiles with the kernels of stored features, where that leaves less to compute. */
async function extractionRun(
  programs: Programs,
  batch: number,
  source: ImageSource,
  store: FeatureStore | undefined,
): Promise<Run> {
  const kernels = store && (await kernelsOfStored(programs, batch, source, store));
  const unpin = kernels && programs.device.choices.pin(kernels);
  try {
    const run = await fittingRun(programs, "predict", batch, source.sample);
    if (store) await keepKernels(programs.device, run.program.plan);
    return run;
  } finally {
    unpin?.();
  }
}

interface Computing {
  readonly programs: Programs;
  readonly run: Run;
  readonly source: ImageSource;
  readonly signal: AbortSignal | undefined;
}

/** Features of some images. */
interface Rows {
  readonly rows: readonly Float32Array[];
  /** Places of the images among the source's. */
  readonly indices: readonly number[];
  readonly stored: number;
}

/** Computes the features of the images `order`. Default: all. */
async function* inBatches(
  { programs, run, source, signal }: Computing,
  order?: Uint32Array,
): AsyncGenerator<Rows> {
  const batches = source.batches(run.batch, order, signal);
  const samples = order?.length ?? source.samples;
  for await (const { batch, outputs } of forward(batches, run, samples, signal)) {
    const { files, indices = [] } = batch;
    const part = { x: batch.x, outputs: outputs.y, size: batch.size };
    await checkOutputsFinite(programs, source.sample, part, (i) => files[i].relative);
    const row = outputs.y.length / batch.size;
    const y = outputs.y as Float32Array;
    yield { rows: files.map((_, i) => y.subarray(i * row, (i + 1) * row)), indices, stored: 0 };
  }
}

/** All images in order: those that the store has, and the rest computed in full batches. */
async function* throughStore(computing: Computing, store: FeatureStore): AsyncGenerator<Rows> {
  const { run, source, signal } = computing;
  const { batch: size } = run;
  const keyOf = await featureKeys(run.program.device, run.program.plan, source);
  const keys = source.files.map(keyOf);
  const has = await Promise.all(keys.map(async (key) => key !== undefined && (await store.has(key))));
  const missing = Uint32Array.from(keys.keys()).filter((index) => !has[index]);
  const computed = kept(inBatches(computing, missing), keys, store);
  let next: IteratorResult<ComputedRow, void> | undefined;
  try {
    for (let start = 0; start < keys.length; start += size) {
      throwIfAborted(signal);
      const range = Array.from(keys.slice(start, start + size).keys(), (i) => start + i);
      const found = await Promise.all(
        range.map(async (index) => (has[index] ? store.get(keys[index]!) : undefined)),
      );
      // Damaged ones, and those that another process has removed meanwhile.
      const lost = range.filter((index, i) => has[index] && !found[i]);
      const again = new Map<number, Float32Array>();
      for await (const { index, row } of kept(inBatches(computing, Uint32Array.from(lost)), keys, store))
        again.set(index, row);
      const rows: Float32Array[] = [];
      const indices: number[] = [];
      for (const [i, index] of range.entries()) {
        let row = found[i] ?? again.get(index);
        if (!has[index]) {
          next ??= await computed.next();
          // Another image than the one that is due: the source has skipped that one.
          if (next.done || next.value.index !== index) continue;
          row = next.value.row;
          next = undefined;
        }
        if (!row) continue;
        rows.push(row);
        indices.push(index);
      }
      const stored = found.filter((row) => row !== undefined).length;
      if (rows.length > 0) yield { rows, indices, stored };
    }
  } finally {
    await computed.return();
  }
}

interface ComputedRow {
  readonly index: number;
  readonly row: Float32Array;
}

/** The same, one by one, when they are in the store. */
async function* kept(
  batches: AsyncIterable<Rows>,
  keys: readonly (string | undefined)[],
  store: FeatureStore,
): AsyncGenerator<ComputedRow, void> {
  for await (const { rows, indices } of batches) {
    await Promise.all(
      indices.map(async (index, i) => {
        const key = keys[index];
        if (key !== undefined) await store.put(key, rows[i]);
      }),
    );
    for (const [i, index] of indices.entries()) yield { index, row: rows[i] };
  }
}
